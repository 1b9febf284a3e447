package coreapi_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/coreapitest"
)

// The examples run on the fake, so that they need no network.

func ExampleNew() {
	signer := coreapitest.New().PrivateKey // yours is in a file: see ParsePrivateKey
	client, err := coreapi.New("https://api.example.com", coreapi.SignedClientKey("the-key-from-the-admin", signer),
		coreapi.WithAdminContact(coreapi.AdminContact{Name: "Ops", Email: "ops@example.com"}))
	fmt.Println(client, err)

	_, err = coreapi.New("http://api.example.com", coreapi.SignedClientKey("the-key-from-the-admin", signer))
	fmt.Println(errors.Is(err, coreapi.ErrInvalidArgument))
	// Output:
	// coreapi.Client(https://api.example.com) <nil>
	// true
}

func ExampleClientsService_Info() {
	fake := coreapitest.New()
	info, err := fake.Client().Clients.Info(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(info.Status)
	// Output: active
}

func ExampleUsersService_Login() {
	fake := coreapitest.New()
	fake.AddUser(coreapitest.User{Email: "ana@example.com", Password: "correct-horse"})
	_, err := fake.Client().Users.Login(context.Background(), coreapi.LoginRequest{Email: "ana@example.com", Password: "wrong"})
	switch {
	case errors.Is(err, coreapi.ErrCredentials):
		fmt.Println("Email or password is wrong.") // one message for both codes
	case errors.Is(err, coreapi.ErrContactAdmin):
		fmt.Println("Please call our support.")
	case err != nil:
		fmt.Println("Please try again.")
	}
	// Output: Email or password is wrong.
}

func ExampleUsersService_WaitForLogin() {
	fake := coreapitest.New()
	fake.AddUser(coreapitest.User{ID: "user-1", Email: "ana@example.com", Password: "correct-horse"})
	client := fake.Client()
	ctx := context.Background()
	session, err := client.Users.StartLogin(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	// Send the user to session.URL. Here the fake plays the user.
	fake.CompleteLogin(session.ReqToken, "ana@example.com")
	status, err := client.Users.WaitForLogin(ctx, session.ReqToken, coreapi.WithTimeout(5*time.Minute))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(status.State, status.UserID, status.UserToken)
	// Output: succeeded user-1 [redacted]
}

func ExampleDevicesService_Save() {
	fake := coreapitest.New()
	client := fake.Client()
	ctx := context.Background()
	device, err := client.Devices.Save(ctx, coreapi.DeviceInfo{DeviceID: "phone-1", Extra: map[string]any{"colour": "blue"}})
	fmt.Println(device.Info.Extra, err)
	_, err = client.Devices.Save(ctx, coreapi.DeviceInfo{DeviceID: "phone-1"})
	fmt.Println(errors.Is(err, coreapi.ErrDuplicateKey))
	// Output:
	// map[colour:blue] <nil>
	// true
}

func ExampleDo() {
	fake := coreapitest.New()
	type clientInfo struct {
		Status string `json:"status"`
	}
	info, err := coreapi.Do[clientInfo](context.Background(), fake.Client(), coreapi.Request{
		Operation: "Clients.Info",
		Path:      "/client",
	})
	fmt.Println(info.Status, err)
	// Output: active <nil>
}

func ExampleError_delivery() {
	fake := coreapitest.New()
	// The fake does the work, and its answer is lost.
	fake.Inject(coreapitest.Fault{Operation: "Devices.Save", Drop: coreapitest.DropAfter})
	_, err := fake.Client().Devices.Save(context.Background(), coreapi.DeviceInfo{DeviceID: "phone-1"})
	var e *coreapi.Error
	if errors.As(err, &e) {
		fmt.Println(e.Delivery, e.Attempts)
		fmt.Println(e.Guidance().Advice)
	}
	// Output:
	// unknown 1
	// The request may have been acted on: look before you send it again.
}

func ExampleError_Report() {
	e := coreapi.NewError(coreapi.CodeEndpointForbidden, "no access")
	e.Operation, e.Method, e.Path, e.StatusCode, e.RequestID, e.Attempts = "Devices.Get", http.MethodGet, "/device", 403, "req-7", 1
	fmt.Print(e.Report())
	// Output:
	// Core APIs error report
	// Code: UNITSYSTEM00002
	// What happened: The client has no access to this endpoint.
	// What to do: Contact the admin to ask for access to the endpoint.
	// Who acts: contact the admin
	// Server's message: no access
	// Operation: Devices.Get
	// Request: GET /device
	// HTTP status: 403
	// Request id: req-7
	// Attempts: 1
	// Delivery: rejected
	// SDK: coreapi-go/0.1.0
}

func ExampleGuidanceFor() {
	err := fmt.Errorf("checkout: %w", coreapi.NewError(coreapi.CodeUserSuspended, ""))
	if g, ok := coreapi.GuidanceFor(err); ok {
		fmt.Println(g.Action)
		fmt.Println(g)
	}
	// Output:
	// contact the admin
	// USER_SUSPENDED: The user's account is suspended. Contact the admin to have the user's suspension lifted.
}

func ExampleRetryPolicy() {
	fake := coreapitest.New()
	fake.Inject(coreapitest.Fault{Times: 2, Code: coreapi.CodeRequestTimeout})
	client := fake.Client(coreapi.WithRetryPolicy(coreapi.RetryPolicy{
		BaseBackoff: time.Millisecond,
		ShouldRetry: func(_ context.Context, a coreapi.Attempt) bool {
			fmt.Println("attempt", a.Number, "failed with", a.Err.Code)
			return a.Default
		},
	}))
	_, err := client.Clients.Info(context.Background())
	fmt.Println(err)
	// Output:
	// attempt 1 failed with REQUEST_TIMEOUT
	// attempt 2 failed with REQUEST_TIMEOUT
	// <nil>
}

func ExampleIsRetryable() {
	fmt.Println(coreapi.IsRetryable(coreapi.NewError(coreapi.CodeRequestTimeout, "")))
	fmt.Println(coreapi.IsRetryable(coreapi.NewError(coreapi.CodeInvalidPassword, "")))
	// Output:
	// true
	// false
}

func ExampleNewError() {
	// A test double of your own service's dependency.
	login := func() error { return coreapi.NewError(coreapi.CodeUserDeleted, "gone") }
	err := login()
	fmt.Println(errors.Is(err, coreapi.ErrUserDeleted), errors.Is(err, coreapi.ErrUserAccount), errors.Is(err, coreapi.ErrCredentials))
	// Output: true true false
}

func ExampleSignedClientKey() {
	fake := coreapitest.New() // it checks signatures, as the API does
	client, err := coreapi.New(fake.URL, coreapi.SignedClientKey(fake.ClientKey, fake.PrivateKey),
		coreapi.WithHTTPClient(&http.Client{Transport: fake.Transport()}))
	if err != nil {
		fmt.Println(err)
		return
	}
	info, err := client.Clients.Info(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(info.Status)
	// Output: active
}

func ExampleSignedClientKeyFunc() {
	fake := coreapitest.New()
	// A secret store rotates key and signer together.
	secretStore := func(context.Context) (coreapi.Credentials, error) {
		return coreapi.Credentials{ClientKey: coreapi.Secret(fake.ClientKey), Signer: fake.PrivateKey}, nil
	}
	client, err := coreapi.New(fake.URL, coreapi.SignedClientKeyFunc(secretStore),
		coreapi.WithHTTPClient(&http.Client{Transport: fake.Transport()}))
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = client.Clients.Info(context.Background())
	fmt.Println(err)
	// Output: <nil>
}

func ExampleSignatureText() {
	text, err := coreapi.SignatureText(coreapi.Signature{}, coreapi.SignatureInput{
		Endpoint: "/user/login", Method: "POST", ClientKey: "CK00001", RequestID: "ABCEDFGHIJK", Version: "1.0.0",
		Body: []byte(`{"email": "ana@example.com", "note": "a \u0026 b"}`),
	})
	fmt.Println(string(text), err)
	// Output: {"endpoint":"/user/login","method":"POST","headers":{"x-client-key":"CK00001","x-request-id":"ABCEDFGHIJK","x-version":"1.0.0"},"body":{"email":"ana@example.com","note":"a & b"}} <nil>
}

func ExampleWithUserToken() {
	fake := coreapitest.New()
	fake.AddUser(coreapitest.User{Email: "ana@example.com", Password: "correct-horse"})
	fake.RequireUserToken("Devices.Save")
	client, ctx := fake.Client(), context.Background()
	status, err := client.Users.Login(ctx, coreapi.LoginRequest{Email: "ana@example.com", Password: "correct-horse"})
	if err != nil {
		fmt.Println(err)
		return
	}
	device, err := client.Devices.Save(ctx, coreapi.DeviceInfo{DeviceID: "phone-1"}, coreapi.WithUserToken(status.UserToken))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(device.Info.DeviceID)
	// Output: phone-1
}

func ExampleWithLanguage() {
	fake := coreapitest.New()
	fake.SetClientStatus(coreapitest.Suspended)
	_, err := fake.Client(coreapi.WithLanguage(coreapi.English)).Clients.Info(context.Background())
	fmt.Println(errors.Is(err, coreapi.ErrClientSuspended))
	// Output: true
}

func ExampleClientKeyFunc() {
	// A gateway of yours signs, so the Client sends the key alone.
	fake := coreapitest.New(coreapitest.WithUnsigned())
	secretStore := func(context.Context) (string, error) { return fake.ClientKey, nil }
	client, err := coreapi.New(fake.URL, coreapi.ClientKeyFunc("", secretStore),
		coreapi.WithHTTPClient(&http.Client{Transport: fake.Transport()}))
	if err != nil {
		fmt.Println(err)
		return
	}
	info, err := client.Clients.Info(context.Background())
	fmt.Println(info.Status, err)
	// Output: active <nil>
}

func ExampleWithInterceptor() {
	fake := coreapitest.New()
	client := fake.Client(coreapi.WithInterceptor(
		func(ctx context.Context, op coreapi.Operation, next func(context.Context) error) error {
			err := next(ctx)
			fmt.Println(op.Name, op.Path, err)
			return err
		}))
	_, _ = client.Clients.Info(context.Background())
	// Output: Clients.Info /client <nil>
}

func ExampleCatalogue() {
	for _, info := range coreapi.Catalogue()[:2] {
		fmt.Println(info.Code, "|", info.Action)
	}
	// Output:
	// CLIENT_CLOSED_REQUEST | none
	// CLIENT_ACCOUNT_INACTIVE | contact the admin
}
