package reproduce

import (
	"slices"

	"github.com/almatriage/almatriage/reproduce/rpm"
)

// PackagesOf are the packages of a side that a reader of the run asks for
// first: what the recipe requires, and the side's build of the suggestion's
// subject. None where the side was not prepared.
func (r *Run) PackagesOf(side *Side) []rpm.Package {
	set := side.Prepared.Print.Packages
	if set == nil {
		return nil
	}
	var list []rpm.Package
	seen := map[string]bool{}
	add := func(packages []rpm.Package) {
		for _, p := range packages {
			if !seen[p.NEVRA()] {
				seen[p.NEVRA()] = true
				list = append(list, p)
			}
		}
	}
	for _, entry := range r.Recipe.Require {
		add(set.WhatProvides(entry))
	}
	subject := set.BySource(r.Suggestion.Subject)
	if slices.ContainsFunc(list, func(p rpm.Package) bool { return p.Source == r.Suggestion.Subject }) || len(subject) == 0 {
		return list
	}
	// A source can have dozens of packages: the one that is meant stands for
	// them, by the report's name, else by the source's own.
	for _, name := range []string{r.Hints.Package, r.Suggestion.Subject, subject[0].Name} {
		if i := slices.IndexFunc(subject, func(p rpm.Package) bool { return p.Name == name }); i >= 0 {
			add(subject[i : i+1])
			break
		}
	}
	return list
}
