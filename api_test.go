package coreapi_test

import (
	"testing"

	"github.com/fypass/coreapi-go/internal/apitext"
)

// A nested module that callers import has a test like this one of its own.
func TestTheExportedAPIIsTheRecordedOne(t *testing.T) {
	apitext.Check(t, ".", "api/coreapi.txt", *update)
	apitext.Check(t, "coreapitest", "api/coreapitest.txt", *update)
}
