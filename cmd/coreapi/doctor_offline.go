package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/internal/printable"
	"github.com/fypass/coreapi-go/internal/wire"
)

// The subjects that others hang on.
const (
	profileSubject    = "profile"
	clientKeySubject  = "client key"
	privateKeySubject = "private key"
	signatureSubject  = "signature"
)

// hangsOn is why a check is skipped after another failed, or was skipped.
func hangsOn(subject string) string {
	if subject == strings.ToUpper(subject) { // a protocol's
		return "hangs on " + subject
	}
	return "hangs on the " + subject
}

// checkOffline looks at profile and key, and lists what is assumed. Nothing is sent.
func (d *doctor) checkOffline(ctx context.Context) {
	d.checkProfile()
	d.checkClientKey()
	d.checkPrivateKey()
	d.checkSigning(ctx)
	if d.profileErr == nil {
		d.listAssumptions()
	}
}

// checkProfile has a line for each thing that is wrong.
func (d *doctor) checkProfile() {
	f := finding{Section: offline, Subject: profileSubject, Source: isSet, Outcome: holds, Found: d.file + " compiles"}
	if d.profileErr == nil {
		if d.file == "" {
			f.Source, f.Outcome, f.Found = isDefault, skipped, "none is named, so that all is as the SDK assumes it: pass -profile FILE"
		}
		d.report.add(f)
		return
	}
	f.Outcome, f.WhoActs = fails, you
	faults, ok := errors.AsType[wire.Faults](d.profileErr)
	if !ok {
		faults = wire.Faults{d.profileErr.Error()}
	}
	for _, fault := range faults {
		f.Found = fault
		d.report.add(f)
	}
}

// missing is a variable that is not set: live, nothing goes without it.
func (d *doctor) missing(subject, why string) finding {
	if d.live {
		return finding{Section: offline, Subject: subject, Outcome: fails, Found: why, WhoActs: you}
	}
	return finding{Section: offline, Subject: subject, Outcome: skipped, Found: why}
}

func (d *doctor) checkClientKey() {
	key := os.Getenv("COREAPI_CLIENT_KEY")
	if key == "" {
		d.report.add(d.missing(clientKeySubject, "COREAPI_CLIENT_KEY is not set: set it to the client key that the API's admin gave you"))
		return
	}
	f := finding{Section: offline, Subject: clientKeySubject, Source: isSet, Outcome: holds, Found: "fits a header"}
	if err := checkSigned("COREAPI_CLIENT_KEY", key); err != nil {
		f.Outcome, f.Found, f.WhoActs = fails, err.Error(), you
	} else {
		d.credentials.ClientKey = coreapi.Secret(key)
	}
	d.report.add(f)
}

func (d *doctor) checkPrivateKey() {
	if os.Getenv(envPrivateKey) == "" && os.Getenv(envPrivateKeyFile) == "" {
		d.report.add(d.missing(privateKeySubject, "neither COREAPI_PRIVATE_KEY nor COREAPI_PRIVATE_KEY_FILE is set: set the first to the key's text, or the second to its file's name"))
		return
	}
	f := finding{Section: offline, Subject: privateKeySubject, Source: isSet, Outcome: holds, Found: "is one that can sign (RSA)"}
	signer, err := signerFromEnv(parseKey)
	if err != nil {
		f.Outcome, f.Found, f.WhoActs = fails, err.Error(), you
	}
	d.credentials.Signer = signer
	d.report.add(f)
}

// checkSigning signs a request with the key, in the profile's form.
func (d *doctor) checkSigning(ctx context.Context) {
	switch {
	case d.profileErr != nil:
		d.report.skip(offline, signatureSubject, hangsOn(profileSubject))
		return
	case d.credentials.Signer == nil:
		d.report.skip(offline, signatureSubject, hangsOn(privateKeySubject))
		return
	}
	f := finding{Section: offline, Subject: signatureSubject, Source: documented, Outcome: holds, Found: "RSA with SHA-256: a request was signed, and the signature verifies"}
	if err := d.sign(ctx); err != nil {
		f.Outcome, f.Found, f.WhoActs = fails, err.Error(), you
	}
	d.report.add(f)
}

func (d *doctor) sign(ctx context.Context) error {
	text, err := coreapi.SignatureText(d.profile.Signature, coreapi.SignatureInput{
		Endpoint:  "/client",
		Method:    "GET",
		ClientKey: "CK00001",
		RequestID: "doctor",
		Version:   cmp.Or(d.profile.Version, coreapi.DefaultProfile().Version),
	})
	if err != nil {
		return sdkCause(err)
	}
	_, err = signatureOptions(d.profile.Signature).Sign(ctx, d.credentials.Signer, text)
	return err
}

// assumption is a part of the wire: what the profile says of it, what the reference does,
// and what the SDK takes where neither does.
type assumption struct {
	subject    string
	set        string // "": the profile does not say
	documented string // "": the reference does not say
	byDefault  string
}

// finding lists the assumption. What the profile sets goes before the reference, and is
// documented where it is the same.
func (a assumption) finding() finding {
	f := finding{Section: offline, Subject: a.subject, Outcome: isListed}
	switch {
	case a.documented != "" && (a.set == "" || a.set == a.documented):
		f.Source, f.Found = documented, a.documented
	case a.set != "" && a.documented != "":
		f.Source, f.Found = isSet, a.set+" (the reference has "+a.documented+")"
	case a.set != "":
		f.Source, f.Found = isSet, a.set
	default:
		f.Source, f.Found = isDefault, a.byDefault
	}
	return f
}

func (d *doctor) listAssumptions() {
	for _, a := range assumptionsOf(d.profile) {
		d.report.add(a.finding())
	}
}

// assumptionsOf is all that a profile can change.
func assumptionsOf(p coreapi.Profile) []assumption {
	all := []assumption{
		{subject: "version", set: p.Version, byDefault: coreapi.DefaultProfile().Version + ", the reference's sample"},
		{subject: "envelope", set: compact(p.Envelope), byDefault: "none: the body is the result"},
		{subject: "states", set: statesText(p.States), byDefault: "pending, succeeded, failed"},
		{subject: "signature.padding", set: string(p.Signature.Padding), byDefault: string(coreapi.PKCS1v15)},
		{subject: "signature.encoding", set: string(p.Signature.Encoding), byDefault: string(coreapi.Base64)},
		{subject: "signature.endpoint", set: string(p.Signature.Endpoint), byDefault: string(coreapi.EndpointRelative)},
		{subject: "signature.noBody", set: string(p.Signature.NoBody), documented: string(coreapi.NoBodyObject)},
		{subject: "signature.style", set: string(p.Signature.Style), byDefault: string(coreapi.StyleJavaScript)},
		{subject: "signature.sortKeys", set: trueOrNothing(p.Signature.SortKeys), byDefault: "false"},
	}
	for _, r := range doctorRoutes(&p) {
		all = append(all, r.assumptions()...)
	}
	return all
}

func trueOrNothing(is bool) string {
	if is {
		return "true"
	}
	return ""
}

// statesText is the words of a profile for a login's state.
func statesText(states map[string]coreapi.LoginState) string {
	var texts []string
	for _, word := range slices.Sorted(maps.Keys(states)) {
		texts = append(texts, word+" is "+string(states[word]))
	}
	return strings.Join(texts, ", ")
}

// maxShownTemplate is how much of a template a line has, in bytes.
const maxShownTemplate = 120

// compact is a template in one line.
func compact(t coreapi.Template) string {
	var b bytes.Buffer
	if json.Compact(&b, []byte(t)) != nil {
		return ""
	}
	return printable.Line(b.String(), maxShownTemplate)
}

// doctorRoute is a route of a profile with what is known of it.
type doctorRoute struct {
	operation string
	field     string
	set       coreapi.Route // what the profile says
	method    string        // the documented one; "": Login's
	path      string        // by default
	body      string        // by default; "": none
	result    string        // by default
}

// doctorRoutes are in the profile's order.
func doctorRoutes(p *coreapi.Profile) []doctorRoute {
	const (
		status = "state, reqToken, userToken, userId, failureCode, failureMessage"
		device = "deviceId, name, model, platform, osVersion, appVersion, pushToken"
	)
	d := coreapi.DefaultProfile()
	return []doctorRoute{
		{infoOperation, "clientInfo", p.ClientInfo, http.MethodGet, d.ClientInfo.Path, "", "id, name, status"},
		{loginOperation, "login", p.Login, http.MethodPost, d.Login.Path, "email, whatsapp, password, reqToken", status},
		{startOperation, "startLogin", p.StartLogin, "", "that of login", "{}", "reqToken, url"},
		{statusOperation, "loginStatus", p.LoginStatus, http.MethodGet, d.LoginStatus.Path + ", the form of the reference's sample", "", status},
		{saveOperation, "saveDevice", p.SaveDevice, http.MethodPost, d.SaveDevice.Path, device, "id, " + device},
		{deviceOperation, "getDevice", p.GetDevice, http.MethodGet, d.GetDevice.Path, "", "id, " + device},
	}
}

func (r doctorRoute) assumptions() []assumption {
	all := []assumption{
		{subject: r.field + ".method", set: r.set.Method, documented: r.method, byDefault: "that of login"},
		{subject: r.field + ".path", set: r.set.Path, byDefault: r.path},
	}
	if r.set.Body != "" || r.body != "" {
		all = append(all, assumption{subject: r.field + ".body", set: compact(r.set.Body), byDefault: r.body})
	}
	return append(all, assumption{subject: r.field + ".result", set: compact(r.set.Result), byDefault: r.result})
}

// effectiveMethod is the one that the SDK sends the operation with.
func (r doctorRoute) effectiveMethod(p *coreapi.Profile) string {
	switch {
	case r.set.Method != "":
		return r.set.Method
	case r.operation == startOperation && p.Login.Method != "":
		return p.Login.Method
	case r.operation == startOperation:
		return http.MethodPost
	}
	return r.method
}
