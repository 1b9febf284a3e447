// Command webapp is a small partner application: "log in" through the hosted
// page, the SDK in the middle, and every error mapped to what an end user may
// see. It brings its own fake of the API, so it runs as it is:
//
//	go run ./examples/webapp
//
// # A weakness of logins that are polled
//
// The browser that started a login is logged in when anybody completes it on the
// hosted page. So whoever starts one here can send its page to somebody else, and is
// then logged in as them. Nothing that this application checks can prevent that: it
// never sees the browser that the hosted page is open in. What makes it harder:
//
//   - Short lives: a login is pending for loginLifetime at most.
//   - Say what is being logged in to. The waiting page does, and warns of passing the
//     hosted page on; but the one who is deceived sees only the hosted page. Ask the
//     API's admin to have it name your application.
//   - Ask the API's admin for a callback bound to the browser: the hosted page sends its
//     browser back here with a one-time code, which counts only together with the cookie
//     of the browser that started the login. That ends the weakness. Until there is one, ask
//     for a code or a password of your own before anything valuable.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"syscall"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/coreapitest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal does not wait
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

const usage = `Usage: webapp [-addr HOST:PORT]

Runs a partner application and a fake of the API behind it.

  -addr HOST:PORT   where the application listens (default 127.0.0.1:8090)
`

// run is the program without the process around it.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("webapp", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	addr := flags.String("addr", "127.0.0.1:8090", "")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stdout, usage)
		return exitOK
	case err != nil || flags.NArg() > 0:
		fmt.Fprint(stderr, usage)
		return exitUsage
	}
	if err := runDemo(ctx, *addr, stdout, slog.New(slog.NewTextHandler(stderr, nil))); err != nil {
		fmt.Fprintln(stderr, "webapp:", err)
		return exitFailed
	}
	return exitOK
}

// runDemo serves the application, and the fake at an address of its own, as the
// real API has one.
func runDemo(ctx context.Context, addr string, stdout io.Writer, logger *slog.Logger) error {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	defer listener.Close()
	apiListener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer apiListener.Close()

	fake := coreapitest.New()
	for _, u := range demoUsers() {
		fake.AddUser(u.User)
	}
	client, err := coreapi.New("http://"+apiListener.Addr().String(), coreapi.SignedClientKey(fake.ClientKey, fake.PrivateKey))
	if err != nil {
		return err
	}
	handler, err := newApp(client, logger)
	if err != nil {
		return err
	}
	writeDemo(stdout, listener.Addr(), apiListener.Addr())
	return serve(ctx, site{listener, handler}, site{apiListener, fake})
}

// demoUser is a user of the fake, and what logging in as one shows.
type demoUser struct {
	coreapitest.User
	shows string
}

func demoUsers() []demoUser {
	return []demoUser{
		{coreapitest.User{Email: "ada@example.com", WhatsApp: "+6281100000001", Password: "correct-horse"}, "logs in"},
		{coreapitest.User{Email: "sue@example.com", Password: "correct-horse", Status: coreapitest.Suspended}, "is suspended: a reference for support"},
	}
}

func writeDemo(w io.Writer, application, api net.Addr) {
	fmt.Fprintf(w, "Open http://%s\n\n", application)
	for _, u := range demoUsers() {
		fmt.Fprintf(w, "  %s  %s  %s\n", u.Email, u.Password, u.shows)
	}
	fmt.Fprintf(w, "\nThe fake API is at http://%s. Stop with Ctrl-C.\n", api)
}
