package screen

// HistoryMsg asks the root to open a report's history.
type HistoryMsg struct{ Report string }

// CopyMsg asks the root to open the menu of what can be copied of a report.
type CopyMsg struct{ Report string }

// DemoMsg asks the root to leave for the demonstration.
type DemoMsg struct{}
