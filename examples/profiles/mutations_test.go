package profiles_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

// mutation is a profile's file with one word misspelt.
type mutation struct {
	profile string
	place   string // the route's member: "login.result"
	word    string // as it is misspelt
	file    []byte
	value   string // what stands there
	needed  bool   // a call cannot do without it
}

func (m mutation) String() string { return m.profile + ": " + m.place + ": " + m.word }

var (
	routeLine   = regexp.MustCompile(`(?m)^ {2}"([a-zA-Z]+)": \{$`)
	member      = regexp.MustCompile(`"([a-zA-Z_]+)": ?`)
	placeholder = regexp.MustCompile(`\{[a-zA-Z]+(:number)?\}`)
	parameter   = regexp.MustCompile(`[?&][a-zA-Z_]+=`)
)

// textMember is a member of a profile that stands on a line of its own, whose names are
// misspelt.
var textMember = regexp.MustCompile(`(?m)^ {2,4}"(envelope|path|body|result)": (.*?),?$`)

// eachText calls f with each template and path of a profile's file, and where it begins.
func eachText(file []byte, f func(place, kind, text string, offset int)) {
	for _, at := range textMember.FindAllSubmatchIndex(file, -1) {
		kind := string(file[at[2]:at[3]])
		place := kind
		if kind != anyRoute {
			routes := routeLine.FindAllSubmatch(file[:at[0]], -1)
			place = string(routes[len(routes)-1][1]) + "." + kind
		}
		f(place, kind, string(file[at[4]:at[5]]), at[4])
	}
}

// misspelt writes "zz" at an offset.
func misspelt(file []byte, offset int) []byte {
	return append(append(bytes.Clone(file[:offset]), "zz"...), file[offset:]...)
}

// misspeltNames has each "{name}" misspelt, one at a time.
func misspeltNames(t *testing.T, profile string) (all []mutation) {
	t.Helper()
	file := readProfile(t, profile)
	eachText(file, func(place, kind, text string, offset int) {
		for _, at := range placeholder.FindAllStringIndex(text, -1) {
			word := "{zz" + strings.TrimSuffix(text[at[0]+1:at[1]], ":number}")
			all = append(all, mutation{profile, place, strings.TrimSuffix(word, "}"), misspelt(file, offset+at[0]+1), "", true})
		}
	})
	return all
}

// misspeltMembers has each member's and parameter's name misspelt, one at a time.
func misspeltMembers(t *testing.T, profile string) (all []mutation) {
	t.Helper()
	file := readProfile(t, profile)
	eachText(file, func(place, kind, text string, offset int) {
		pattern := member
		if kind == "path" {
			pattern = parameter
		}
		for _, at := range pattern.FindAllStringIndex(text, -1) {
			word := "zz" + strings.Trim(text[at[0]:at[1]], `"?&=: `)
			value := valueAt(text[at[1]:])
			all = append(all, mutation{profile, place, word, misspelt(file, offset+at[0]+1), value, kind == "path" || isNeeded(place, value)})
		}
	})
	return all
}

// valueAt is the value that text begins with.
func valueAt(text string) string {
	depth := 0
	for i, c := range text {
		switch c {
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		if depth == 0 && (c == ',' || c == '}' || c == ']') {
			return text[:i+1]
		}
		if depth < 0 {
			return text[:i]
		}
	}
	return text
}

// neededNames are those without which a request is refused, or a result is none.
var neededNames = regexp.MustCompile(`\{(result|id|deviceId|url|state|reqToken|userToken|userId|email|whatsapp|account|password)(:number)?\}`)

func isNeeded(place, value string) bool { return place == anyRoute || neededNames.MatchString(value) }

func TestAMisspeltNameOfAProfileIsRefusedWhenItIsParsed(t *testing.T) {
	mutations := 0
	for _, profile := range profileNames(t) {
		for _, m := range misspeltNames(t, profile) {
			_, err := coreapi.ParseProfile(m.file)
			require.ErrorIs(t, err, coreapi.ErrInvalidArgument, m)
			require.ErrorContains(t, err, m.word, m)
			route, _, _ := strings.Cut(m.place, ".")
			require.Contains(t, strings.ToLower(err.Error()), strings.ToLower(route), m)
			mutations++
		}
	}
	require.Greater(t, mutations, 150)
}

func TestAMisspeltMemberOfARouteIsRefusedWhenItIsParsed(t *testing.T) {
	own := regexp.MustCompile(`(?m)^ {2,4}"[$a-zA-Z]+":`)
	mutations := 0
	for _, profile := range profileNames(t) {
		file := readProfile(t, profile)
		for _, at := range own.FindAllIndex(file, -1) {
			start := at[0] + bytes.IndexByte(file[at[0]:at[1]], '"') + 1
			_, err := coreapi.ParseProfile(misspelt(file, start))
			require.ErrorIs(t, err, coreapi.ErrInvalidArgument)
			require.ErrorContains(t, err, `"zz`)
			mutations++
		}
	}
	require.Greater(t, mutations, 150)
}

// outcome is what came of one call.
type outcome struct {
	operation string
	state     coreapi.LoginState
	got, want map[string]string // ids and tokens; want is nil where the call has to fail
	err       error
}

// trial makes calls, each on its own, and judges none.
type trial struct {
	*site
	backend  *backend
	ctx      context.Context
	userID   string
	outcomes []outcome
}

// anyRoute is what an envelope is used by.
const anyRoute = "envelope"

// exercise makes the calls of a route.
func exercise(t *testing.T, route string, s *site, b *backend) []outcome {
	t.Helper()
	r := &trial{site: s, backend: b, ctx: t.Context(), userID: s.addOne()}
	for _, each := range []struct {
		route string
		try   func()
	}{
		{"clientInfo", r.info}, {"login", r.login}, {"startLogin", r.startLogin},
		{"loginStatus", r.status}, {"saveDevice", r.saveDevice}, {"getDevice", r.getDevice},
	} {
		if route == each.route || route == anyRoute {
			each.try()
		}
	}
	return r.outcomes
}

func (r *trial) note(operation string, err error, got, want map[string]string) *outcome {
	r.outcomes = append(r.outcomes, outcome{operation: operation, err: err, got: got, want: want})
	return &r.outcomes[len(r.outcomes)-1]
}

func (r *trial) info() {
	info, err := r.client.Clients.Info(r.ctx)
	var got map[string]string
	if err == nil {
		got = map[string]string{"id": info.ID}
	}
	r.note("Clients.Info", err, got, map[string]string{"id": canaryClientID})
}

func (r *trial) loggedIn() map[string]string {
	return map[string]string{"userToken": r.backend.accounts[0].token, "userId": r.userID}
}

// begin starts a hosted login without a call.
func (r *trial) begin() coreapi.Secret {
	r.backend.mu.Lock()
	defer r.backend.mu.Unlock()
	return coreapi.Secret(r.backend.start())
}

func (r *trial) noteStatus(operation string, status *coreapi.LoginStatus, err error, want map[string]string) {
	var got map[string]string
	if err == nil {
		got = map[string]string{"userToken": string(status.UserToken), "userId": status.UserID}
	}
	if noted := r.note(operation, err, got, want); err == nil {
		noted.state = status.State
	}
}

func (r *trial) login() {
	for _, request := range []coreapi.LoginRequest{{Email: email, Password: password}, {WhatsApp: whatsApp, Password: password}} {
		if strings.Contains(string(r.profile.Login.Body), "{reqToken}") {
			request.ReqToken = r.begin()
		}
		status, err := r.client.Users.Login(r.ctx, request)
		r.noteStatus("Users.Login", status, err, r.loggedIn())
	}
	status, err := r.client.Users.Login(r.ctx, coreapi.LoginRequest{Email: email, Password: "canary-wrong-6602"})
	r.noteStatus("Users.Login", status, err, nil)
}

func (r *trial) startLogin() {
	session, err := r.client.Users.StartLogin(r.ctx)
	token := fmt.Sprintf("canary-req-token-%04d", len(r.backend.logins)-1)
	var got map[string]string
	if err == nil {
		got = map[string]string{"reqToken": string(session.ReqToken), "url": session.URL}
	}
	r.note("Users.StartLogin", err, got, map[string]string{"reqToken": token, "url": page(token)})
}

func (r *trial) status() {
	pending, succeeded, failed := r.begin(), r.begin(), r.begin()
	r.completeLogin(succeeded, email)
	r.failLogin(failed, coreapi.CodeClientClosedRequest)
	none := map[string]string{"userToken": "", "userId": ""}
	for _, ask := range []struct {
		reqToken coreapi.Secret
		want     map[string]string
	}{{pending, none}, {succeeded, r.loggedIn()}, {failed, none}} {
		status, err := r.client.Users.LoginStatus(r.ctx, ask.reqToken)
		r.noteStatus("Users.LoginStatus", status, err, ask.want)
	}
	status, err := r.client.Users.WaitForLogin(r.ctx, succeeded, coreapi.WithTimeout(time.Minute))
	r.noteStatus("Users.WaitForLogin", status, err, r.loggedIn())
	status, err = r.client.Users.WaitForLogin(r.ctx, failed, coreapi.WithTimeout(time.Minute))
	r.noteStatus("Users.WaitForLogin", status, err, nil)
}

func (r *trial) noteDevice(operation string, device *coreapi.Device, err error) {
	var got map[string]string
	if err == nil {
		got = map[string]string{"id": device.ID, "deviceId": device.Info.DeviceID}
	}
	r.note(operation, err, got, map[string]string{"id": strconv.Itoa(firstDeviceID), "deviceId": r.device().DeviceID})
}

func (r *trial) saveDevice() {
	device, err := r.client.Devices.Save(r.ctx, r.device())
	r.noteDevice("Devices.Save", device, err)
}

func (r *trial) getDevice() {
	if len(r.backend.devices) == 0 {
		_, _ = r.client.Devices.Save(r.ctx, r.device())
	}
	device, err := r.client.Devices.Get(r.ctx, strconv.Itoa(firstDeviceID))
	r.noteDevice("Devices.Get", device, err)
	_, err = r.client.Devices.Get(r.ctx, "987654321")
	r.note("Devices.Get", err, nil, nil)
}

func TestAMisspeltMemberIsAnErrorThatNamesItAndNeverAnEmptyIDOrToken(t *testing.T) {
	mutations, needed := 0, 0
	for _, profile := range profileNames(t) {
		for _, m := range misspeltMembers(t, profile) {
			t.Run(m.String(), func(t *testing.T) {
				mutations++
				if m.needed {
					needed++
				}
				p, err := coreapi.ParseProfile(m.file)
				if err != nil {
					require.ErrorContains(t, err, m.word)
					return
				}
				synctest.Test(t, func(t *testing.T) { tryMisspelt(t, m, p) })
			})
		}
	}
	t.Logf("%d members misspelt, %d of them such that no call can do without", mutations, needed)
	require.Greater(t, mutations, 200)
	require.Greater(t, needed, 120)
}

func tryMisspelt(t *testing.T, m mutation, p coreapi.Profile) {
	var out printed
	s, b := independentSite(t, m.profile, p, out.options()...)
	route, _, _ := strings.Cut(m.place, ".")
	outcomes := exercise(t, route, s, b)
	requireNothingWrong(t, m, outcomes)
	if m.needed {
		requireNamed(t, m, outcomes)
	}
	for _, o := range outcomes {
		out.error(o.err)
	}
	out.requireNoCanary(t)
}

// requireNothingWrong: each call is right, or an error. A status without a state cannot
// tell a login that is pending from one whose token has another name; a wait can.
func requireNothingWrong(t *testing.T, m mutation, outcomes []outcome) {
	t.Helper()
	for _, o := range outcomes {
		hidden := o.operation == "Users.LoginStatus" && m.profile == withoutState && o.state == coreapi.LoginPending
		if o.err == nil && !hidden {
			require.Equal(t, o.want, o.got, o.operation)
		}
	}
}

// withoutState is the profile whose result of a login has no {state}.
const withoutState = "4-always-200"

// requireNamed: a call that should have succeeded is an error that has the member's name,
// or the API's message has it as it should be.
func requireNamed(t *testing.T, m mutation, outcomes []outcome) {
	t.Helper()
	var texts []string
	for _, o := range outcomes {
		if o.err == nil || o.want == nil {
			continue
		}
		text := o.err.Error()
		if strings.Contains(text, m.word) || strings.Contains(text, strings.TrimPrefix(m.word, "zz")+" is missing") {
			return
		}
		texts = append(texts, o.operation+": "+text)
	}
	require.Fail(t, "no error names it", strings.Join(texts, "\n"))
}

func TestTheRightProfileMakesNoErrorButThoseOfTheAPI(t *testing.T) {
	for _, profile := range profileNames(t) {
		synctest.Test(t, func(t *testing.T) {
			s, b := independentSite(t, profile, parseProfile(t, readProfile(t, profile)))
			for _, o := range exercise(t, anyRoute, s, b) {
				if o.want == nil {
					require.Error(t, o.err)
					continue
				}
				require.NoError(t, o.err, profile)
				require.Equal(t, o.want, o.got, profile)
			}
		})
	}
}

// printed keeps all that a Client prints.
type printed struct{ bytes.Buffer }

func (p *printed) options() []coreapi.Option {
	return []coreapi.Option{
		coreapi.WithLogger(slog.New(slog.NewJSONHandler(p, &slog.HandlerOptions{Level: slog.LevelDebug}))),
		coreapi.WithInterceptor(func(ctx context.Context, op coreapi.Operation, next func(context.Context) error) error {
			err := next(ctx)
			fmt.Fprintf(p, "%v %+v\n", op, op)
			p.error(err)
			return err
		}),
	}
}

// error prints an error and all that it wraps, in each way.
func (p *printed) error(err error) {
	if err == nil {
		return
	}
	fmt.Fprintf(p, "%v %+v %#v %q\n", err, err, err, err)
	var e *coreapi.Error
	if errors.As(err, &e) {
		fmt.Fprintf(p, "%s %v %+v %#v\n", e.Report(), e.LogValue(), *e, *e)
		for _, cause := range e.Unwrap() {
			p.error(cause)
		}
	}
}

// canaries are the values that were sent or answered: all have this word, but the ids.
var canaries = regexp.MustCompile(`(?i)canary|login\.example|66019900601|710199007\d\d|880199008\d\d|987654321`)

func (p *printed) requireNoCanary(t *testing.T) {
	t.Helper()
	text := p.String()
	if at := canaries.FindStringIndex(text); at != nil {
		require.Fail(t, "a value got out", text[max(0, at[0]-200):min(len(text), at[1]+100)])
	}
}

// shown is all that is printed of a run with a profile. stateWord: see backend.
func shown(t *testing.T, profile, stateWord string) (text string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var out printed
		s, b := independentSite(t, profile, parseProfile(t, readProfile(t, profile)), out.options()...)
		b.stateWord = stateWord
		for _, o := range exercise(t, anyRoute, s, b) {
			out.error(o.err)
		}
		_, err := s.stranger.Clients.Info(t.Context())
		out.error(err)
		out.requireNoCanary(t)
		text = out.String()
	})
	return text
}

// Mutations are looked at in the same way: see tryMisspelt.
func TestNoSecretAndNoValueOfAResponseGetsOutButACodeAndTheAPIsMessage(t *testing.T) {
	for _, profile := range profileNames(t) {
		text := shown(t, profile, "")
		require.Contains(t, text, "INVALID_PASSWORD")
		require.Contains(t, text, "the password is wrong")
		require.Contains(t, text, "UNITSYSTEM00001")
		require.Regexp(t, `request id [A-Z2-7]{16}`, text)
	}
}

func TestAnUnknownStateIsShownWhereItIsAPlainWordOf32CharactersAtMost(t *testing.T) {
	for _, profile := range profileNames(t) {
		if profile == withoutState {
			continue
		}
		require.Contains(t, shown(t, profile, "ON-HOLD_2.b-and-so-on-to-the-32nd"[:32]), "ON-HOLD_2.b-and-so-on-to-the-32n")
		for _, word := range []string{"canary-state-of-more-than-32-chars", "canary state", "canary\u2028state"} {
			require.Contains(t, shown(t, profile, word), "state", "what is wrong is said, the word is not")
		}
	}
}

// Where the error's form is one that the SDK knows anyway, the code is found all the same.
func TestAMisspeltFailureCodeIsNamedByTheErrorOfAFailedLogin(t *testing.T) {
	named := 0
	for _, profile := range profileNames(t) {
		for _, m := range misspeltMembers(t, profile) {
			if m.place != "loginStatus.result" || !strings.Contains(m.value, "{failureCode}") {
				continue
			}
			synctest.Test(t, func(t *testing.T) {
				s, b := independentSite(t, profile, parseProfile(t, m.file))
				outcomes := exercise(t, "loginStatus", s, b)
				err := outcomes[len(outcomes)-1].err
				require.Error(t, err, m)
				if !errors.Is(err, coreapi.ErrClientClosedRequest) {
					require.ErrorContains(t, err, "{failureCode} at ", m)
					require.ErrorContains(t, err, m.word, m)
					named++
				}
			})
		}
	}
	require.GreaterOrEqual(t, named, 7)
}
