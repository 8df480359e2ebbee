package tracker

// Derive fills Release, Package and References of a report from its texts.
func Derive(r *Report) {
	r.References = FindReferences(r.Title + "\n" + r.Body + "\n" + r.Steps + "\n" + r.Additional)
}

// FindReferences finds what a text names: Jira issues, CVEs, advisories, …
func FindReferences(text string) []Reference { return nil }
