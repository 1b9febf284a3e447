package main

import (
	"context"
	"net"
	"net/http"
	"time"
)

// site is a handler and where it listens.
type site struct {
	listener net.Listener
	handler  http.Handler
}

const (
	readHeaderTimeout = 10 * time.Second
	readTimeout       = 30 * time.Second
	idleTimeout       = 2 * time.Minute
	stopTimeout       = 5 * time.Second
)

// serve ends without an error when ctx does, and with one when a site fails.
// Requests have ctx, so that none holds up the end.
func serve(ctx context.Context, sites ...site) error {
	failed := make(chan error, len(sites))
	for _, s := range sites {
		server := &http.Server{
			Handler:           s.handler,
			ReadHeaderTimeout: readHeaderTimeout,
			ReadTimeout:       readTimeout,
			IdleTimeout:       idleTimeout,
			BaseContext:       func(net.Listener) context.Context { return ctx },
		}
		go func() { failed <- server.Serve(s.listener) }()
		defer stop(ctx, server)
	}
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		return nil
	}
}

// stop lets requests end that are under way.
func stop(ctx context.Context, server *http.Server) {
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	if server.Shutdown(stopping) != nil {
		_ = server.Close()
	}
}
