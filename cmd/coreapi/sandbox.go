package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/fypass/coreapi-go/coreapitest"
)

const sandboxHelp = `Usage: coreapi sandbox [-addr HOST:PORT] [-base-path PATH] [-seed FILE]
                       [-key FILE] [-strict] [-profile FILE] [-always-200]

Runs a fake of the API as a server, with a few users to log in as. Nothing is
stored, and nothing is sent anywhere. The hosted login page works in a browser.

A request needs the headers X-Client-Key and X-Request-Id, with a new id each
time, and a body has to come as Content-Type: application/json. A signature is
checked where there is one: where it is refused, the message says how it was
made and what is wanted instead. 'coreapi sign' makes one.

Flags:

  -addr HOST:PORT   where to listen (default 127.0.0.1:8080). Without HOST it
                    is this machine only; port 0 takes a free one. A request
                    whose Host leads elsewhere is refused (421): on loopback
                    all but localhost and loopback addresses; with another HOST
                    all but that one, addresses, and names without a dot.
  -base-path PATH   the API's base path, such as /core/v1 (default: none). What
                    scripts the sandbox stays at /_sandbox/.
  -seed FILE        what the fake begins with (default: a built-in seed), at
                    most 1 MiB
  -strict           demand a signature and X-Version, as the API does
  -key FILE         the PEM file of the private key that requests are signed
                    with (RSA, 2048 bits or more). Where the file is missing, a
                    key is made, readable by you only. A file that is there is
                    never written. Without -key it is a fixed test key, which
                    is public: GET /_sandbox/key gives it.
  -profile FILE     the API's wire, as the SDK's LoadProfile takes it: routes,
                    the forms of bodies and answers, the words for states, the
                    form of the signature. The sandbox speaks it; what it prints
                    to try fits it. Where the profile has ids as numbers, the
                    ids of a seed have to be some. COREAPI_PROFILE is not read.
  -always-200       answer an operation's errors with status 200, as an API does
                    whose envelope says what is one

The built-in seed has these users, all with the password correct-horse:

  ada@example.com  +6281100000001  active     id 65f000000000000000000001
  ian@example.com  +6281100000002  inactive   id 65f000000000000000000002
  sue@example.com  +6281100000003  suspended  id 65f000000000000000000003
  dan@example.com  +6281100000004  deleted    id 65f000000000000000000004

A seed is JSON; every field is optional:

  {
    "client":  {"key": "my-key", "status": "active",
                "forbidden": ["Devices.Get"]},
    "users":   [{"id": "user-1", "email": "ada@example.com",
                 "whatsapp": "+6281100000001", "password": "correct horse",
                 "status": "suspended"}],
    "devices": [{"id": "device-1", "deviceId": "phone-1",
                 "name": "Ada's phone"}]
  }

A status is active, inactive, suspended or deleted. A user needs an email or a
whatsapp, and logs in with either and the password that stands beside it. A
password is whatever you like: never put a real one there. An id that is not
given is made up, and stays the same after a reset.

To script it, from any language (a page: with Content-Type: application/json):

  POST /_sandbox/faults   make requests fail; one fault, or a list of them:
    {"operation": "Users.Login", "code": "REQUEST_TIMEOUT", "times": 2}
    {"operation": "Devices.Save", "drop": "after"}
    {"status": 502, "body": "<h1>Bad gateway</h1>", "contentType": "text/html"}
    {"delay": "2s", "times": -1}
    Fields: operation, skip, times, code, message, status, retryAfter, body,
    contentType, delay, after, drop ("before" or "after"), truncate. A body and
    a contentType are instead of a code and a message.
  POST /_sandbox/complete-login   end a hosted login as the page would, with the
                                  right password; an email or a WhatsApp number
    {"reqToken": "...", "account": "ada@example.com"}
  POST /_sandbox/cancel-login     as if its user had cancelled
    {"reqToken": "..."}
  POST /_sandbox/fail-login       end it as failed, with any code
    {"reqToken": "...", "code": "USER_SUSPENDED"}
  POST /_sandbox/client-status    set the client's status
    {"status": "suspended"}
  POST /_sandbox/user-status      set a user's status
    {"account": "ada@example.com", "status": "suspended"}
  POST /_sandbox/require-token    an operation answers 401 without the X-Token
                                  of a user who logged in
    {"operation": "Devices.Get"}
  GET  /_sandbox/requests   what arrived, keys, passwords and tokens masked: the
                            last 1,000 requests, or 1 MiB of them
    {"requests": [{"method": "POST", "path": "/device",
     "operation": "Devices.Save", "header": {...}, "body": {...}}]}
  POST /_sandbox/reset    back to the seed, all else gone
  GET  /_sandbox/key      the fixed test key, as PEM; 404 with -key

They answer {"done": true}, {"added": N} or what is asked for; an error has a
status of 400 or more, and a "message". Besides its seed the sandbox keeps the
last 10,000 logins and the last 1,000 devices (4 MiB of them).

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
	basePath       string // "": none
	strict         bool
	always200      bool
}

func setupSandbox(flags *flag.FlagSet) action {
	var f sandboxFlags
	flags.StringVar(&f.addr, "addr", "127.0.0.1:8080", "")
	textFlag(flags, "seed", &f.seedFile)
	textFlag(flags, "key", &f.keyFile)
	textFlag(flags, "profile", &f.profileFile)
	textFlag(flags, "base-path", &f.basePath)
	flags.BoolVar(&f.strict, "strict", false, "")
	flags.BoolVar(&f.always200, "always-200", false, "")
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
	if err := checkBasePath(f.basePath); err != nil {
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
	box, err := newSandbox(seed, rules{publicKey: key.public, strict: f.strict, profile: profile, basePath: f.basePath, always200: f.always200})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", where.String())
	if err != nil {
		return fmt.Errorf("sandbox: cannot listen on %s: %w%s", shown(where.String()), listenCause(err), listenAdvice(err))
	}
	defer listener.Close()
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal does not wait
	b := banner{box: box, origin: where.url(listener.Addr()), isOpen: where.isOpen(), key: key, strict: f.strict, seed: f.seedFile}
	if err := b.write(s.out); err != nil {
		return err
	}
	logger := slog.New(slog.NewTextHandler(s.err, nil))
	return serve(ctx, listener, logRequests(logger, onlyHosts(where, box), box), logger)
}

// checkBasePath lets the fake judge. The endpoints that script the sandbox stand beside it.
func checkBasePath(path string) error {
	if err := mistakeOf(func() { coreapitest.New(coreapitest.WithBasePath(path)) }); err != nil {
		return usagef("sandbox: -base-path: %s", strings.TrimPrefix(err.Error(), "New: "))
	}
	if plain, err := url.PathUnescape(path); err != nil || strings.HasPrefix(plain+"/", controlPrefix) {
		return usagef("sandbox: -base-path: %s is where the sandbox is scripted: pass another path", controlPrefix)
	}
	return nil
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
