// Package browser drives examples/webapp in a real headless browser. It is a
// module of its own, so that the SDK's needs no browser driver.
package browser
