// Package tools holds nothing: its module pins the tools that .ci builds, so that the
// SDK's go.mod stays small. The folders below it are tools of this repository's own.
package tools
