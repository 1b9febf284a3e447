// Command quickstart shows a partner integration at work: signed requests, typed calls,
// errors told apart with errors.Is, a retry, and a report for the API's admin.
//
// Without environment it runs on an embedded fake of the API. With COREAPI_BASE_URL,
// COREAPI_CLIENT_KEY and COREAPI_PRIVATE_KEY (or COREAPI_PRIVATE_KEY_FILE) set it asks the
// real API for the client's info, and does nothing else: it never sends a made-up login
// to real accounts.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/coreapitest"
)

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run takes the real API where any of its variables is set. NewFromEnv says which of them
// is missing.
func run(ctx context.Context, out io.Writer) error {
	for _, name := range []string{"COREAPI_BASE_URL", "COREAPI_CLIENT_KEY", "COREAPI_PRIVATE_KEY", "COREAPI_PRIVATE_KEY_FILE"} {
		if os.Getenv(name) != "" {
			return askRealAPI(ctx, out)
		}
	}
	return tour(ctx, out)
}

// askRealAPI only reads.
func askRealAPI(ctx context.Context, out io.Writer) error {
	fmt.Fprintln(out, "Asking the real API for the client's info.")
	client, err := coreapi.NewFromEnv()
	if err != nil {
		return fmt.Errorf("quickstart: %w", err)
	}
	info, err := client.Clients.Info(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "Client %q is %s.\n", info.Name, info.Status)
	return nil
}

// The made-up account of the tour.
const (
	email    = "ana@example.com"
	password = "correct-horse"
)

// tour runs on the fake.
func tour(ctx context.Context, out io.Writer) error {
	fmt.Fprintln(out, "Running on the embedded fake of the API: no network, no real account.")
	fake := coreapitest.New()
	fake.AddUser(coreapitest.User{Email: email, Password: password})
	client := fake.Client(
		coreapi.WithAdminContact(coreapi.AdminContact{Name: "Core APIs admin", Email: "admin@example.com"}),
		coreapi.WithRetryPolicy(coreapi.RetryPolicy{
			BaseBackoff: 10 * time.Millisecond, // quicker than the default, for show
			ShouldRetry: showAttempt(out),
		}),
	)
	for _, step := range []struct {
		title string
		show  func(context.Context, io.Writer, *coreapitest.Server, *coreapi.Client) error
	}{
		{"A signed request", showSignature},
		{"Client info", showInfo},
		{"A wrong password, told from an unknown user", showCredentials},
		{"A REQUEST_TIMEOUT that is retried and then succeeds", showRetry},
		{"A suspended client: the admin has to act", showSuspended},
	} {
		fmt.Fprintf(out, "\n%s\n", step.title)
		if err := step.show(ctx, out, fake, client); err != nil {
			return fmt.Errorf("quickstart: %s: %w", step.title, err)
		}
	}
	return nil
}

// showAttempt prints each failed attempt and leaves the decision as it is.
func showAttempt(out io.Writer) func(context.Context, coreapi.Attempt) bool {
	return func(_ context.Context, a coreapi.Attempt) bool {
		decision := "not retried"
		if a.Default {
			decision = "retried"
		}
		fmt.Fprintf(out, "  attempt %d: %s, %s\n", a.Number, a.Err.Code, decision)
		return a.Default
	}
}

// showSignature prints the text that is signed. Do not do so with a real client: the text
// holds the client key, and what the body holds.
func showSignature(ctx context.Context, out io.Writer, fake *coreapitest.Server, _ *coreapi.Client) error {
	client := fake.Client(coreapi.WithSignatureText(func(in coreapi.SignatureInput) ([]byte, error) {
		text, err := coreapi.SignatureText(coreapi.Signature{}, in)
		fmt.Fprintf(out, "  signed with RSA and SHA-256: %s\n", text)
		return text, err
	}))
	_, err := client.Clients.Info(ctx)
	if err == nil {
		fmt.Fprintln(out, "  the fake has checked the signature")
	}
	return err
}

func showInfo(ctx context.Context, out io.Writer, _ *coreapitest.Server, client *coreapi.Client) error {
	info, err := client.Clients.Info(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "  client %q is %s\n", info.Name, info.Status)
	return nil
}

func showCredentials(ctx context.Context, out io.Writer, _ *coreapitest.Server, client *coreapi.Client) error {
	for _, login := range []coreapi.LoginRequest{
		{Email: email, Password: "wrong"},
		{Email: "nobody@example.com", Password: password},
	} {
		_, err := client.Users.Login(ctx, login)
		switch {
		case errors.Is(err, coreapi.ErrInvalidPassword):
			fmt.Fprintf(out, "  %s: the password is wrong\n", coreapi.CodeOf(err))
		case errors.Is(err, coreapi.ErrUserNotFound):
			fmt.Fprintf(out, "  %s: no such user\n", coreapi.CodeOf(err))
		default:
			return fmt.Errorf("expected a credentials error, got: %w", err)
		}
		if errors.Is(err, coreapi.ErrCredentials) {
			fmt.Fprintln(out, `    the user sees: "Email or password is wrong." (the same for both)`)
		}
	}
	status, err := client.Users.Login(ctx, coreapi.LoginRequest{Email: email, Password: password})
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "  right password: the login has %s\n", status.State)
	return nil
}

func showRetry(ctx context.Context, out io.Writer, fake *coreapitest.Server, client *coreapi.Client) error {
	fake.Inject(coreapitest.Fault{Operation: "Devices.Save", Times: 2, Code: coreapi.CodeRequestTimeout})
	device, err := client.Devices.Save(ctx, coreapi.DeviceInfo{DeviceID: "phone-1", Name: "Ana's phone"})
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "  attempt 3: device %q is saved\n", device.Info.Name)
	return nil
}

func showSuspended(ctx context.Context, out io.Writer, fake *coreapitest.Server, client *coreapi.Client) error {
	fake.SetClientStatus(coreapitest.Suspended)
	_, err := client.Clients.Info(ctx)
	if !errors.Is(err, coreapi.ErrContactAdmin) {
		return fmt.Errorf("expected an error for the admin, got: %w", err)
	}
	guidance, _ := coreapi.GuidanceFor(err)
	fmt.Fprintf(out, "  error: %v\n", err)
	fmt.Fprintf(out, "  who acts: %s\n", guidance.Action)
	fmt.Fprintf(out, "  contact: %s\n", guidance.Contact)
	var e *coreapi.Error
	if errors.As(err, &e) {
		fmt.Fprintf(out, "\nThe report to send to the admin\n%s", e.Report())
	}
	return nil
}
