package otelcoreapi_test

import (
	"testing"

	"github.com/fypass/coreapi-go/internal/apitext"
)

func TestTheExportedAPIIsTheRecordedOne(t *testing.T) {
	apitext.Check(t, ".", "../api/otelcoreapi.txt", *update)
}
