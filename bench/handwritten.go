package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// handwritten is the baseline: net/http and encoding/json by a careful
// integrator. Each attempt has a request id and a timeout of its own, the body
// has a limit and is read to its end, errors are typed and match a sentinel,
// what is busy is tried again. It has no jitter, no budget, no masking and no
// guidance.
type handwritten struct {
	client  *http.Client
	base    string
	key     string
	signer  *signer // nil: requests are not signed
	backoff time.Duration
	newID   func() string
}

func newHandwritten(base string, rt http.RoundTripper) client {
	return &handwritten{client: &http.Client{Transport: rt}, base: base + "/", key: clientKey, newID: newRequestID}
}

func newHandwrittenSigned(base string, rt http.RoundTripper) client {
	return &handwritten{client: &http.Client{Transport: rt}, base: base + "/", key: clientKey, signer: newSigner(base), newID: newRequestID}
}

var errForbidden = errors.New("the client has no access to this endpoint")

// apiError is the integrator's typed error.
type apiError struct {
	Operation string
	Status    int
	Code      string
	Message   string
}

func (e *apiError) Error() string {
	return fmt.Sprintf("%s: %d %s: %s", e.Operation, e.Status, e.Code, e.Message)
}

// Is knows the one sentinel that the works need.
func (e *apiError) Is(target error) bool {
	return target == errForbidden && e.Code == "UNITSYSTEM00002"
}

func (h *handwritten) get(ctx context.Context) (thing, error) {
	var out thing
	err := h.call(ctx, http.MethodGet, thingPath, nil, &out)
	return out, err
}

func (h *handwritten) post(ctx context.Context, in *pair) (session, error) {
	var out session
	err := h.call(ctx, http.MethodPost, sessionPath, in, &out)
	return out, err
}

func (h *handwritten) denied(err error) bool { return errors.Is(err, errForbidden) }

// call makes the request once, and sends it until an attempt is not busy.
func (h *handwritten) call(ctx context.Context, method, path string, in, out any) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return err
		}
	}
	req, err := h.request(ctx, method, path, body)
	if err != nil {
		return err
	}
	for attempt := 1; ; attempt++ {
		req.Header.Set("X-Request-Id", h.newID())
		if err := h.signer.sign(req, body); err != nil {
			return err
		}
		busy, err := h.attempt(req, out, attempt == maxAttempts)
		if !busy {
			return err
		}
		if err := pause(ctx, h.backoff<<attempt); err != nil {
			return err
		}
		if req.GetBody != nil {
			if req.Body, err = req.GetBody(); err != nil {
				return err
			}
		}
	}
}

func (h *handwritten) request(ctx context.Context, method, path string, body []byte) (*http.Request, error) {
	var content io.Reader
	if body != nil {
		content = bytes.NewReader(body)
	}
	req, err := http.NewRequestWithContext(ctx, method, h.base+path, content)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("X-Client-Key", h.key)
	req.Header.Set("X-Version", version)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return req, nil
}

// attempt is one request with a timeout of its own. A busy answer is decoded only
// where it is the last one; else its body is drained, for the connection's sake. Draining takes no
// memory, and the timeout bounds it, so it has no limit.
func (h *handwritten) attempt(req *http.Request, out any, last bool) (busy bool, err error) {
	ctx, cancel := context.WithTimeout(req.Context(), attemptTimeout)
	defer cancel()
	resp, err := h.client.Do(req.WithContext(ctx))
	if err != nil {
		return false, err
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusGatewayTimeout && !last {
		_, _ = io.Copy(io.Discard, resp.Body)
		return true, nil
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	switch {
	case err != nil:
		return false, err
	case len(data) > maxBody:
		return false, errors.New("the response is too large")
	case resp.StatusCode < 200 || resp.StatusCode > 299:
		return false, decodeAPIError(req, resp.StatusCode, data)
	}
	return false, json.Unmarshal(data, out)
}

// decodeAPIError leaves code and message empty where the body is no JSON.
func decodeAPIError(req *http.Request, status int, data []byte) error {
	var said struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	}
	_ = json.Unmarshal(data, &said)
	return &apiError{Operation: req.Method + " " + req.URL.Path, Status: status, Code: said.Code, Message: said.Message}
}

// pause waits, or ends with the context.
func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
