package inside

import (
	"slices"
	"strings"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/rpm"
)

// ParseOffers reads dnf repoquery in the format of scripts/offers.sh. Lines
// that are not that are dnf's own words.
func ParseOffers(text string) []rpm.Package {
	var offers []rpm.Package
	for one := range strings.Lines(text) {
		fields := strings.Split(strings.TrimSuffix(one, "\n"), "\t")
		if len(fields) != 6 {
			continue
		}
		evr, err := rpm.ParseEVR(fields[1] + ":" + fields[2] + "-" + fields[3])
		if err != nil {
			continue
		}
		offers = append(offers, rpm.Offered(fields[0], evr, fields[4], fields[5]))
	}
	return offers
}

// Choose picks the builds of the wanted source version, one for each package;
// missing names the first package that has none.
func Choose(offers []rpm.Package, want *reproduce.Control) (chosen []string, missing string) {
	// Beside the packages of its own architecture, x86_64 is offered old ones.
	own := slices.DeleteFunc(offers, func(p rpm.Package) bool { return p.Arch == "i686" || p.Arch == "i386" })
	for _, p := range rpm.PickSource(want.Source, want.EVR, own) {
		chosen = append(chosen, p.NEVRA())
	}
	for _, name := range want.Packages {
		if !slices.ContainsFunc(own, func(p rpm.Package) bool {
			return p.Name == name && slices.Contains(chosen, p.NEVRA())
		}) {
			return nil, name
		}
	}
	return chosen, ""
}
