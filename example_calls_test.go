package coreapi_test

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"time"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/coreapitest"
)

// Options of one call are laid over the Client's. None of them reaches another call.
func ExampleCallOption() {
	fake := coreapitest.New()
	client := fake.Client()
	_, err := client.Devices.Save(context.Background(), coreapi.DeviceInfo{DeviceID: "phone-1"},
		coreapi.WithRequestID("checkout-42"),       // the second attempt's is "checkout-42-2"
		coreapi.WithTimeout(20*time.Second),        // all attempts and waits
		coreapi.WithAttemptTimeout(5*time.Second),  // each attempt
		coreapi.WithRetryPolicy(coreapi.NoRetry()), // your queue repeats
	)
	fmt.Println(fake.Requests()[0].Header.Get("X-Request-Id"), err)
	// Output: checkout-42 <nil>
}

// A Route names the endpoint in errors, logs and traces, whatever is in the path.
func ExampleRequest() {
	client := coreapitest.New().Client()
	_, err := coreapi.Do[coreapi.RawJSON](context.Background(), client, coreapi.Request{
		Path: "/order/" + url.PathEscape("7 of 9"), Route: "/order/{id}", Query: url.Values{"full": {"1"}},
	})
	g, _ := coreapi.GuidanceFor(err)
	fmt.Println(g.Advice)
	// Output: Check the base URL and the profile's routes. If it goes on, quote the status and the request id to the admin.
}

// A profile lays your private reference over the SDK's assumptions. The fake speaks it too.
func ExampleParseProfile() {
	profile, err := coreapi.ParseProfile([]byte(`{
		"envelope": {"success": true, "data": "{result}"},
		"getDevice": {"path": "/v2/devices/{id}"}
	}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	fake := coreapitest.New(coreapitest.WithProfile(profile))
	stored := fake.AddDevice(coreapi.DeviceInfo{DeviceID: "phone-1"})
	device, err := fake.Client().Devices.Get(context.Background(), stored.ID)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(device.Info.DeviceID, fake.Requests()[0].Path == "/v2/devices/"+stored.ID)
	// Output: phone-1 true
}

// kms is a crypto.Signer whose private key never leaves a key service.
type kms struct{ key crypto.Signer }

func (k kms) Public() crypto.PublicKey { return k.key.Public() }

func (k kms) Sign(random io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return k.SignContext(context.Background(), random, digest, opts)
}

// SignContext is called in place of Sign, with the attempt's context: it ends with the
// attempt's timeout and with the call.
func (k kms) SignContext(_ context.Context, random io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	// Here yours asks the service: Sign(ctx, &SignInput{Message: digest, MessageType: "DIGEST", …}).
	return k.key.Sign(random, digest, opts)
}

// A key that stays in a KMS or an HSM signs as a crypto.Signer. The SDK verifies what it
// returns before it is sent.
func ExampleSignedClientKey_kms() {
	fake := coreapitest.New()
	client, err := coreapi.New(fake.URL, coreapi.SignedClientKey(fake.ClientKey, kms{fake.PrivateKey}),
		coreapi.WithHTTPClient(&http.Client{Transport: fake.Transport()}))
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = client.Clients.Info(context.Background())
	_, isRSA := kms{fake.PrivateKey}.Public().(*rsa.PublicKey)
	fmt.Println(isRSA, err)
	// Output: true <nil>
}

// A server, or a gateway before it, that asks for a client's certificate.
func ExampleWithHTTPClient_mutualTLS() {
	fake := coreapitest.New()
	server := httptest.NewUnstartedServer(fake)
	server.TLS = &tls.Config{MinVersion: tls.VersionTLS12, ClientAuth: tls.RequireAnyClientCert}
	server.StartTLS()
	defer server.Close()

	authorities := x509.NewCertPool() // yours: what signed the server's certificate
	authorities.AddCert(server.Certificate())
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = &tls.Config{
		MinVersion:   tls.VersionTLS12,
		RootCAs:      authorities,
		Certificates: server.TLS.Certificates, // yours: tls.LoadX509KeyPair("client.pem", "client-key.pem")
	}
	client, err := coreapi.New(server.URL, coreapi.SignedClientKey(fake.ClientKey, fake.PrivateKey),
		coreapi.WithHTTPClient(&http.Client{Transport: transport}))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.CloseIdleConnections()
	info, err := client.Clients.Info(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(info.Status)
	// Output: active
}
