package main

import (
	"errors"
	"fmt"
	"net/http"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"

	"github.com/fypass/coreapi-go"
)

// newService has one page, which asks the API, and the metrics. otelhttp is around what the
// service serves, not around the Client's transport: the Client's own spans are better, and
// hold no reqToken.
func newService(client *coreapi.Client, seen *telemetry) http.Handler {
	pages := http.NewServeMux()
	pages.Handle("GET /phones/{id}", otelhttp.NewHandler(phonePage(client), "GET /phones/{id}",
		otelhttp.WithTracerProvider(seen.tracer), otelhttp.WithMeterProvider(seen.meter)))
	pages.Handle("GET /metrics", seen.scraped)
	return pages
}

func phonePage(client *coreapi.Client) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		device, err := client.Devices.Get(r.Context(), r.PathValue("id"))
		switch {
		case errors.Is(err, coreapi.ErrInvalidObjectID):
			http.Error(w, "there is no such phone", http.StatusNotFound)
		case err != nil:
			http.Error(w, "please try again later", http.StatusBadGateway)
		default:
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			w.Header().Set("X-Content-Type-Options", "nosniff")
			fmt.Fprintln(w, device.Info.Name) //nolint:gosec // a text, and said to be one
		}
	})
}
