package otelcoreapi_test

import (
	"crypto"
	"fmt"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/coreapitest"
	"github.com/fypass/coreapi-go/otelcoreapi"
)

func ExampleTrace() {
	signer, clientKey := exampleKey()
	baseURL := "https://api-core.app-staging.my.id"

	client, err := coreapi.New(baseURL, coreapi.SignedClientKey(clientKey, signer),
		coreapi.WithTrace(otelcoreapi.Trace(otelcoreapi.WithPeerName("core-api"))))

	fmt.Println(client != nil, err)
	// Output: true <nil>
}

// exampleKey stands for what the API's admin gives.
func exampleKey() (crypto.Signer, string) {
	fake := coreapitest.New()
	return fake.PrivateKey, fake.ClientKey
}
