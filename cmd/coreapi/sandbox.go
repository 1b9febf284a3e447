package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

const sandboxHelp = `Usage: coreapi sandbox [-addr HOST:PORT] [-seed FILE] [-key FILE] [-strict]
                       [-profile FILE]

Runs a fake of the API as a server, with a few users to log in as. Nothing is
stored, and nothing is sent anywhere. The hosted login page works in a browser.

A request needs the headers X-Client-Key and X-Request-Id, with a new id each
time, and a body has to come as Content-Type: application/json. A signature is
checked where there is one: where it is refused, the message says how it was
made and what is wanted instead. 'coreapi sign' makes one.

Flags:

  -addr HOST:PORT   where to listen (default 127.0.0.1:8080). Without HOST it
                    is this machine only; port 0 takes a free one.
  -seed FILE        what the fake begins with (default: a built-in seed)
  -strict           demand a signature and X-Version, as the API does
  -key FILE         the PEM file of the private key that requests are signed
                    with (RSA, 2048 bits or more). Where the file is missing, a
                    key is made, readable by you only. A file that is there is
                    never written. Without -key it is a fixed test key, which
                    is public: GET /_sandbox/key gives it.
  -profile FILE     how requests are signed, as 'coreapi sign' takes it: read
                    are "version" and "signature", such as
                    {"signature": {"encoding": "hex", "style": "go"}}

A seed is JSON; every field is optional:

  {
    "client":  {"key": "my-key", "status": "active",
                "forbidden": ["Devices.Get"]},
    "users":   [{"email": "ada@example.com", "whatsapp": "+6281100000001",
                 "password": "correct horse", "status": "suspended"}],
    "devices": [{"deviceId": "phone-1", "name": "Ada's phone"}]
  }

A status is active, inactive, suspended or deleted. A password is whatever you
like: never put a real one there.

To script it, from any language (a page: with Content-Type: application/json):

  POST /_sandbox/faults   make requests fail; one fault, or a list of them:
    {"operation": "Users.Login", "code": "REQUEST_TIMEOUT", "times": 2}
    {"operation": "Devices.Save", "drop": "after"}
    {"status": 502, "body": "<h1>Bad gateway</h1>", "contentType": "text/html"}
    {"delay": "2s", "times": -1}
    Fields: operation, skip, times, code, message, status, retryAfter, body,
    contentType, delay, after, drop ("before" or "after"), truncate.
  POST /_sandbox/reset    back to the seed, all faults gone
  GET  /_sandbox/key      the fixed test key, as PEM; 404 with -key

Requests are logged on standard error, without keys, passwords, tokens,
signatures, bodies and the values of queries. SIGINT (Ctrl-C) and SIGTERM stop
it.

Exit code: 0 when it was stopped, 1 when it cannot run, 2 for wrong usage.
`

// sandboxFlags are the command line of sandbox.
type sandboxFlags struct {
	addr, seedFile string
	keyFile        string // "": the fixed test key
	profileFile    string // "": the defaults
	strict         bool
}

func setupSandbox(flags *flag.FlagSet) action {
	var f sandboxFlags
	flags.StringVar(&f.addr, "addr", "127.0.0.1:8080", "")
	textFlag(flags, "seed", &f.seedFile)
	textFlag(flags, "key", &f.keyFile)
	textFlag(flags, "profile", &f.profileFile)
	flags.BoolVar(&f.strict, "strict", false, "")
	return func(ctx context.Context, s streams, args []string) error {
		if len(args) > 0 {
			return usagef("sandbox takes no arguments, only flags: see 'coreapi sandbox -h'")
		}
		return runSandbox(ctx, s, f)
	}
}

func runSandbox(ctx context.Context, s streams, f sandboxFlags) error {
	where, err := parseAddress(f.addr)
	if err != nil {
		return err
	}
	seed, err := loadSeed(f.seedFile)
	if err != nil {
		return err
	}
	profile, err := openProfileFile(f.profileFile)
	if err != nil {
		return fmt.Errorf("sandbox: %w", err)
	}
	key, err := openKeyFile(f.keyFile)
	if err != nil {
		return fmt.Errorf("sandbox: %w", err)
	}
	box, err := newSandbox(seed, signingRules{publicKey: key.public, strict: f.strict, profile: profile})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", where.String())
	if err != nil {
		return fmt.Errorf("sandbox: cannot listen on %s: %w%s", where, listenCause(err), listenAdvice(err))
	}
	defer listener.Close()
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal does not wait
	b := banner{box: box, baseURL: where.url(listener.Addr()), isOpen: where.isOpen(), key: key, strict: f.strict}
	if err := b.write(s.out); err != nil {
		return err
	}
	logger := slog.New(slog.NewTextHandler(s.err, nil))
	return serve(ctx, listener, logRequests(logger, box), logger)
}

const (
	readHeaderTimeout = 10 * time.Second
	idleTimeout       = 2 * time.Minute
	stopTimeout       = 5 * time.Second
)

// serve ends without an error when ctx does. Requests have ctx, so that a fault's
// delay does not hold up the end.
func serve(ctx context.Context, listener net.Listener, handler http.Handler, logger *slog.Logger) error {
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: readHeaderTimeout,
		IdleTimeout:       idleTimeout,
		ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelWarn),
		BaseContext:       func(net.Listener) context.Context { return ctx },
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return fmt.Errorf("sandbox: %w", err)
	case <-ctx.Done():
	}
	logger.Info("stopping")
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	if errors.Is(server.Shutdown(stopping), context.DeadlineExceeded) {
		_ = server.Close() // whoever is still connected has had the time
	}
	return nil
}
