package screen

// BenchMsg asks for the Bench of a report, to look at one of its runs.
type BenchMsg struct {
	Report string
	Run    string // its id, "" for the newest one
	Guide  bool   // a guide goes on when it is left
}
