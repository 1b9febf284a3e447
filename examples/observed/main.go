// Command observed is a small web service that calls the API, seen with OpenTelemetry. It
// runs on the SDK's fake of the API, which fails twice before it answers: the service prints
// the trace of that call as a tree, and its metrics as Prometheus scrapes them, and ends.
//
//	go run .          # one request, its trace, its metrics
//	go run . -serve   # goes on until Ctrl-C: try the addresses that it prints
//
// telemetry.go is what a service of your own would have in its main; service.go is the
// service; tree.go draws a trace, where yours would export it.
package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/coreapitest"
)

func main() { os.Exit(start()) }

// start is main with an exit code.
func start() int {
	serve := flag.Bool("serve", false, "go on until Ctrl-C")
	addr := flag.String("addr", "127.0.0.1:0", "where to listen; port 0 takes a free one")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, *addr, *serve); err != nil {
		fmt.Fprintln(os.Stderr, "observed:", err)
		return 1
	}
	return 0
}

// run starts the service, sends it one request, and shows what was seen of that.
func run(ctx context.Context, out io.Writer, addr string, serve bool) error {
	seen, err := newTelemetry(out)
	if err != nil {
		return err
	}
	defer seen.shutdown() //nolint:contextcheck // also where ctx has ended
	fake := coreapitest.New()
	phone := fake.AddDevice(coreapi.DeviceInfo{DeviceID: "phone-1", Name: "Ana's phone"}) //nolint:contextcheck // the fake's own life bounds it
	fake.Inject(
		coreapitest.Fault{Operation: "Devices.Get", Code: coreapi.CodeRequestTimeout, Delay: 30 * time.Millisecond},
		coreapitest.Fault{Operation: "Devices.Get", Status: http.StatusServiceUnavailable, Skip: 1})

	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: newService(fake.Client(seen.options()...), seen), ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = server.Serve(listener) }() // until Close
	defer func() { _ = server.Close() }()
	base := "http://" + listener.Addr().String()

	fmt.Fprintf(out, "GET /phones/%s: the API times out, then is unavailable, then answers.\n\n", phone.ID)
	answer, err := get(ctx, base+"/phones/"+phone.ID)
	if err != nil {
		return err
	}
	seen.flush(ctx) // the service's own span ends when its answer is read already
	fmt.Fprintf(out, "\nThe service answered: %s\n\nGET /metrics, what is not a bucket:\n\n", strings.TrimSpace(answer))
	metrics, err := get(ctx, base+"/metrics")
	if err != nil {
		return err
	}
	for lines := bufio.NewScanner(strings.NewReader(metrics)); lines.Scan(); {
		if line := lines.Text(); strings.Contains(line, "coreapi") && !strings.Contains(line, "_bucket") && !strings.HasPrefix(line, "#") {
			fmt.Fprintln(out, line)
		}
	}
	if serve {
		fmt.Fprintf(out, "\nServing %s/phones/%s and %s/metrics. Ctrl-C stops.\n", base, phone.ID, base)
		<-ctx.Done()
	}
	return nil
}

func get(ctx context.Context, url string) (string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return string(body), err
}
