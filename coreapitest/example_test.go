package coreapitest_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/coreapitest"
)

// A Server has state: what a call gets depends on what the test set up.
func Example() {
	server := coreapitest.New()
	server.AddUser(coreapitest.User{Email: "ana@example.com", Password: "correct horse"})
	client := server.Client()
	ctx := context.Background()

	_, err := client.Users.Login(ctx, coreapi.LoginRequest{Email: "ana@example.com", Password: "wrong"})
	fmt.Println(errors.Is(err, coreapi.ErrInvalidPassword))

	status, err := client.Users.Login(ctx, coreapi.LoginRequest{Email: "ana@example.com", Password: "correct horse"})
	fmt.Println(status.State, err)
	// Output:
	// true
	// succeeded <nil>
}

// In a test, NewServer listens on loopback and closes with the test.
func ExampleNewServer() {
	_ = func(t *testing.T) {
		server := coreapitest.NewServer(t)
		server.SetClientStatus(coreapitest.Suspended)
		_, err := server.Client().Clients.Info(t.Context())
		if !errors.Is(err, coreapi.ErrClientSuspended) {
			t.Fatal(err)
		}
	}
}

// In memory the fake works inside testing/synctest: an API that is slow for an
// hour costs the test no time.
func ExampleNew() {
	_ = func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			server := coreapitest.New()
			server.Inject(coreapitest.Fault{Delay: time.Hour})
			_, err := server.Client().Clients.Info(t.Context())
			if err != nil { // the second attempt found the API well again
				t.Fatal(err)
			}
		})
	}
}

// A dropped answer leaves the device saved. The SDK does not send it again by
// itself, and says that it may be there.
func ExampleServer_Inject() {
	server := coreapitest.New()
	server.Inject(coreapitest.Fault{Operation: "Devices.Save", Drop: coreapitest.DropAfter})
	client := server.Client()
	phone := coreapi.DeviceInfo{DeviceID: "phone-1"}

	_, err := client.Devices.Save(context.Background(), phone)
	var e *coreapi.Error
	if errors.As(err, &e) {
		fmt.Println("delivery:", e.Delivery, "attempts:", e.Attempts)
	}
	fmt.Println("requests:", len(server.Requests()))

	_, err = client.Devices.Save(context.Background(), phone)
	fmt.Println("already there:", errors.Is(err, coreapi.ErrDuplicateKey))
	// Output:
	// delivery: unknown attempts: 1
	// requests: 1
	// already there: true
}

// An operation that is specific to a user needs the token of one who has logged in.
func ExampleServer_RequireUserToken() {
	server := coreapitest.New()
	server.AddUser(coreapitest.User{Email: "ana@example.com", Password: "correct horse"})
	server.RequireUserToken("Devices.Save")
	client := server.Client()
	ctx := context.Background()
	phone := coreapi.DeviceInfo{DeviceID: "phone-1"}

	_, err := client.Devices.Save(ctx, phone)
	var e *coreapi.Error
	if errors.As(err, &e) {
		fmt.Println("without a token:", e.StatusCode)
	}
	login, err := client.Users.Login(ctx, coreapi.LoginRequest{Email: "ana@example.com", Password: "correct horse"})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = client.Devices.Save(ctx, phone, coreapi.WithUserToken(login.UserToken))
	fmt.Println("with a token:", err)
	// Output:
	// without a token: 401
	// with a token: <nil>
}

// The fake speaks the wire that the program's profile describes.
func ExampleWithProfile() {
	server := coreapitest.New(coreapitest.WithProfile(coreapi.Profile{
		Envelope: `{"status":true,"data":"{result}"}`,
		Login: coreapi.Route{
			Path:   "/v1/session",
			Body:   `{"user":{"mail":"{email}","phone":"{whatsapp}"},"secret":"{password}"}`,
			Result: `{"token":"{userToken}","user":{"_id":"{userId}"}}`,
		},
	}))
	server.AddUser(coreapitest.User{ID: "7", Email: "ana@example.com", Password: "correct horse"})
	status, err := server.Client().Users.Login(context.Background(), coreapi.LoginRequest{Email: "ana@example.com", Password: "correct horse"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(status.State, status.UserID)
	fmt.Println(string(server.Requests()[0].Body))
	// Output:
	// succeeded 7
	// {"user":{"mail":"ana@example.com"},"secret":"[redacted]"}
}

// A signature that does not verify is told apart: what it was made with, in the words of
// the profile's Signature.
func ExampleWithProfile_signature() {
	server := coreapitest.New(coreapitest.WithProfile(coreapi.Profile{Signature: coreapi.Signature{Padding: coreapi.PSS}}))
	client := server.Client(coreapi.WithProfile(coreapi.Profile{}), coreapi.WithLanguage(coreapi.English))

	_, err := client.Clients.Info(context.Background())
	var e *coreapi.Error
	if errors.As(err, &e) {
		fmt.Println(e.Message)
	}
	// Output: The signature was made with padding "pkcs1v15"; this server wants "pss".
}

// CompleteLogin stands in for the user at the hosted page.
func ExampleServer_CompleteLogin() {
	server := coreapitest.New()
	server.AddUser(coreapitest.User{ID: "u-1", WhatsApp: "+6281200000001"})
	client := server.Client()
	ctx := context.Background()

	session, err := client.Users.StartLogin(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	server.CompleteLogin(session.ReqToken, "+6281200000001")
	status, err := client.Users.WaitForLogin(ctx, session.ReqToken)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(status.State, status.UserID)
	// Output: succeeded u-1
}

// Requests shows what arrived, without keys, passwords and tokens.
func ExampleServer_Requests() {
	server := coreapitest.New()
	_, _ = server.Client().Users.Login(context.Background(), coreapi.LoginRequest{Email: "ana@example.com", Password: "correct horse"})
	for _, r := range server.Requests() {
		fmt.Println(r.Method, r.Path, r.Operation, string(r.Body), r.Header.Get("X-Client-Key"))
	}
	// Output: POST /user/login Users.Login {"email":"ana@example.com","password":"[redacted]"} [redacted]
}

// Transport is for code that takes an http.Client, whatever base URL it has.
func ExampleServer_Transport() {
	server := coreapitest.New()
	client := &http.Client{Transport: server.Transport()}
	resp, err := client.Get("https://api.example.com/client")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	fmt.Println(resp.Status)
	// Output: 401 Unauthorized
}
