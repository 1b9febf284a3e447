package coreapitest

import (
	"errors"
	"fmt"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/internal/wire"
)

// compileProfile also asks whether the fake can speak the profile.
func compileProfile(p coreapi.Profile) (*wire.Wire, error) {
	w, err := wire.Compile(wireSource(p))
	if err != nil {
		return nil, fmt.Errorf("the profile: %w", err)
	}
	for _, r := range w.Routes() {
		if samePath(r.Path, pagePath) {
			return nil, fmt.Errorf("the route of %s is that of the hosted page, %s: pass another path", operations[r.Operation].name, pagePath)
		}
	}
	if err := checkSpeech(w); err != nil {
		return nil, fmt.Errorf("the fake cannot speak the profile: %w", err)
	}
	return w, nil
}

// wireSource is the profile as package wire takes it.
func wireSource(p coreapi.Profile) wire.Source {
	states := make(map[string]string, len(p.States))
	for word, state := range p.States {
		states[word] = string(state)
	}
	return wire.Source{
		Version:     p.Version,
		Envelope:    string(p.Envelope),
		States:      states,
		ClientInfo:  wireRoute(p.ClientInfo),
		Login:       wireRoute(p.Login),
		StartLogin:  wireRoute(p.StartLogin),
		LoginStatus: wireRoute(p.LoginStatus),
		SaveDevice:  wireRoute(p.SaveDevice),
		GetDevice:   wireRoute(p.GetDevice),
	}
}

func wireRoute(r coreapi.Route) wire.Route {
	return wire.Route{Method: r.Method, Path: r.Path, Body: string(r.Body), Result: string(r.Result)}
}

// checkSpeech encodes what the fake will have to say.
func checkSpeech(w *wire.Wire) error {
	const aNumber = "1" // is a text, too
	token := wire.Values{wire.ReqToken: aNumber, wire.UserToken: aNumber, wire.UserID: aNumber}
	pending, succeeded := token, token
	pending[wire.State], succeeded[wire.State] = wire.Pending, wire.Succeeded
	for op, values := range map[wire.Operation]wire.Values{
		wire.Info:        {wire.ID: aNumber, wire.DisplayName: clientName, wire.Status: statusText(w, Active)},
		wire.StartLogin:  {wire.ReqToken: aNumber, wire.URL: memoryURL},
		wire.Login:       succeeded,
		wire.LoginStatus: pending,
		wire.SaveDevice:  {wire.ID: aNumber},
		wire.GetDevice:   {wire.ID: aNumber},
	} {
		if err := checkResult(w, values, op); err != nil {
			return err
		}
	}
	return nil
}

// saysFailed tells whether the profile's status of a login has a way to say that it
// failed. Where it has none, a login that failed is answered with an error.
func saysFailed(w *wire.Wire) bool {
	r := w.Route(wire.LoginStatus)
	failed := wire.Values{wire.State: wire.Failed, wire.FailureCode: "CODE", wire.FailureMessage: "Message."}
	return checkResult(w, failed, wire.LoginStatus) == nil && (r.ResultHas(wire.State) || r.ResultHas(wire.FailureCode))
}

// checkResult is for values that a test chose: where the profile has a number, they have
// to be one.
func checkResult(w *wire.Wire, values wire.Values, ops ...wire.Operation) error {
	for _, op := range ops {
		if _, err := w.Route(op).EncodeResult(nil, &values, nil); err != nil {
			return err
		}
	}
	return nil
}

var errAlways200 = errors.New(`the profile's Envelope has no condition, so that no error with status 200 could be told from a success: write one such as {"code":"SUCCESS","data":"{result}"}`)
