package main

// The documented headers that the sandbox and its commands name.
const (
	clientKeyHeader = "X-Client-Key"
	versionHeader   = "X-Version"
	requestIDHeader = "X-Request-Id"
	signatureHeader = "X-Signature"
)
