// Reads files as the programs do that they are for, and says in which way they are not theirs:
//
//	readers operator <objects.json   objects for the Prometheus operator
//	readers compose compose.yaml     a composition for Docker Compose
//
// Neither publishes a schema that is new enough in a package, but both are Go modules, and Go is
// here anyway, because helm is made with it. What is right is counted on stdout; else it ends in 1.
package main

import (
	"fmt"
	"os"
)

func run(words []string) error {
	switch {
	case len(words) == 1 && words[0] == "operator":
		return operator(os.Stdin)
	case len(words) == 2 && words[0] == "compose":
		return compose(words[1])
	default:
		return fmt.Errorf("usage: readers operator | readers compose FILE")
	}
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
