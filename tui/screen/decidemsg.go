package screen

// DecideMsg asks the root to open the Decide dialog on these reports.
type DecideMsg struct{ Reports []string }

// RecipeMsg asks the root to open a report's recipe.
type RecipeMsg struct{ Report string }
