// Command almatriage finds out where an AlmaLinux bug belongs.
package main

import (
	"context"
	"os"

	"github.com/almatriage/almatriage/cmd/internal/cli"
)

func main() {
	os.Exit(cli.Main(context.Background(), os.Args[1:], cli.System()))
}
