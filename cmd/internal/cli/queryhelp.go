package cli

import (
	"fmt"
	"strings"

	"github.com/almatriage/almatriage/tracker/query"
)

// queryHelp describes the keys of the query language.
func queryHelp() string {
	var b strings.Builder
	for _, key := range query.Keys() {
		fmt.Fprintf(&b, "  %-22s %s\n", key.Name+":"+key.Sample, key.Help)
		if key.Values != nil {
			fmt.Fprintf(&b, "  %-22s %s\n", "", strings.Join(key.Values, ", "))
		}
	}
	b.WriteString("A word of three letters or more also finds longer ones that begin with it.\n")
	b.WriteString("A - before a word or key negates it (write -- before the query then).")
	return b.String()
}
