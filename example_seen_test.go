package coreapi_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/coreapitest"
)

// A trace counts what calls come to, without a line at each of them. The module otelcoreapi
// has one for OpenTelemetry.
func ExampleWithTrace() {
	fake := coreapitest.New()
	fake.Inject(coreapitest.Fault{Code: coreapi.CodeRequestTimeout})
	client := fake.Client(
		coreapi.WithRetryPolicy(coreapi.RetryPolicy{BaseBackoff: time.Millisecond}),
		coreapi.WithTrace(coreapi.Trace{
			AttemptDone: func(_ context.Context, a coreapi.AttemptDone) {
				fmt.Println("attempt", a.Number, "status", a.StatusCode, "another follows:", a.RetryIn >= 0)
			},
			CallDone: func(_ context.Context, c coreapi.CallDone) {
				fmt.Println(c.Operation.Name, "attempts", c.Attempts, "failed:", c.Err != nil)
			},
		}))
	_, _ = client.Clients.Info(context.Background())
	// Output:
	// attempt 1 status 504 another follows: true
	// attempt 2 status 200 another follows: false
	// Clients.Info attempts 2 failed: false
}

func ExampleWithLogger() {
	fake := coreapitest.New()
	fake.SetClientStatus(coreapitest.Suspended)
	client := fake.Client(coreapi.WithLogger(slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr { // what is the same at every run
			switch a.Key {
			case slog.LevelKey, slog.MessageKey, "coreapi.operation", "error.type", "coreapi.action":
				return a
			}
			return slog.Attr{}
		},
	}))))
	_, _ = client.Clients.Info(context.Background())
	// Output: level=ERROR msg="coreapi: call failed" coreapi.operation=Clients.Info coreapi.action="contact the admin" error.type=CLIENT_ACCOUNT_SUSPENDED
}

// A group stands for several codes; the code itself is there for logs.
func ExampleError_groups() {
	fake := coreapitest.New()
	fake.SetClientStatus(coreapitest.Suspended)
	_, err := fake.Client().Clients.Info(context.Background())
	fmt.Println(errors.Is(err, coreapi.ErrClientAccount), errors.Is(err, coreapi.ErrContactAdmin), errors.Is(err, coreapi.ErrUserAccount))
	fmt.Println(coreapi.CodeOf(err))
	// Output:
	// true true false
	// CLIENT_ACCOUNT_SUSPENDED
}
