package screen

// TextsMsg asks the root to show what can be sent of a report: the comment, the
// upstream draft.
type TextsMsg struct{ Report string }
