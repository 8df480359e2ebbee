package screen

// RunMsg asks the root to run the recipes of reports. Those that have none, or
// one that nobody accepted, are told; of a single one the recipe is opened.
type RunMsg struct {
	Reports []string
	Fresh   bool // take no earlier attempts
	Watch   bool // open the Bench on it (one report)
}
