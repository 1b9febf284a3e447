// Package tools holds nothing: its module pins the tools that .ci/run builds, so
// that the SDK's go.mod stays small.
package tools
