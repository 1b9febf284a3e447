// Package lint holds nothing: its module pins golangci-lint, whose many dependencies would
// otherwise decide the versions of the other tools.
package lint
