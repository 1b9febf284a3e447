package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/internal/testkey"
)

// acme is a wire that is not the SDK's default, and acmeProfile what says so.
const acmeProfile = `{
	"version": "2.0",
	"envelope": {"ok": true, "data": "{result}"},
	"states": {"WAITING": "pending", "DONE": "succeeded", "REFUSED": "failed"},
	"clientInfo": {"path": "/v1/partner", "result": {"partner_id": "{id}", "partner_name": "{name}"}},
	"login": {"path": "/v1/login", "body": {"username": "{account}", "secret": "{password}"}, "result": {"token": "{userToken}", "user": {"_id": "{userId}"}}},
	"startLogin": {"path": "/v1/login/start", "result": {"ticket": "{reqToken}", "page": "{url}"}},
	"loginStatus": {"path": "/v1/login/{reqToken}", "result": {"phase": "{state}", "token": "{userToken}"}},
	"saveDevice": {"path": "/v1/devices", "body": {"uuid": "{deviceId}"}, "result": {"_id": "{id}", "uuid": "{deviceId}"}},
	"getDevice": {"path": "/v1/devices/{id}", "result": {"_id": "{id}", "uuid": "{deviceId}"}}
}`

// acmeServer counts what it gets: reads, and anything else.
type acmeServer struct {
	*httptest.Server
	gets, others atomic.Int64
	answers      map[string]string // by path
	header       http.Header       // of each answer
	status       int
	seen         http.Header // of the last request
}

// The values of acme's responses, which no output may hold.
const (
	acmeID    = "P-canary-4711"
	acmeName  = "Canary Traders"
	acmeToken = "tok-canary-0815"
)

func acmeHandler() *acmeServer {
	s := &acmeServer{header: http.Header{}, status: http.StatusOK, answers: map[string]string{
		"/v1/partner":               `{"ok":true,"data":{"partner_id":"` + acmeID + `","partner_name":"` + acmeName + `"}}`,
		"/v1/login/req-canary-1":    `{"ok":true,"data":{"phase":"DONE","token":"` + acmeToken + `"}}`,
		"/v1/devices/dev-canary-22": `{"ok":true,"data":{"_id":"dev-canary-22","uuid":"phone-canary"}}`,
	}}
	return s
}

func (s *acmeServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet {
		s.others.Add(1)
	}
	s.gets.Add(1)
	s.seen = r.Header.Clone()
	for name, values := range s.header {
		w.Header()[name] = values
	}
	answer, ok := s.answers[r.URL.Path]
	if !ok {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	w.WriteHeader(s.status)
	fmt.Fprint(w, answer)
}

// startAcme serves acme on loopback, and points the environment to it.
func startAcme(t *testing.T) *acmeServer {
	t.Helper()
	doctorEnvironment(t)
	s := acmeHandler()
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	t.Setenv("COREAPI_BASE_URL", s.URL)
	t.Cleanup(func() { assert.Zero(t, s.others.Load(), "nothing but GET is sent") })
	return s
}

// doctorEnvironment has the test key, and nothing else that doctor reads.
func doctorEnvironment(t *testing.T) {
	t.Helper()
	signEnvironment(t)
	for _, name := range []string{"COREAPI_PROFILE", "COREAPI_REQ_TOKEN", "COREAPI_DEVICE_ID", "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"} {
		t.Setenv(name, "")
	}
}

// doctorLine is the line of a subject, with single blanks.
func doctorLine(t *testing.T, out, subject string) string {
	t.Helper()
	for line := range strings.Lines(out) {
		line = strings.Join(strings.Fields(line), " ")
		if strings.HasPrefix(line, subject+" ") {
			return line
		}
	}
	require.Fail(t, "there is no line of "+subject, out)
	return ""
}

func lastLineOf(out string) string {
	lines := strings.Split(strings.TrimSpace(out), "\n")
	return lines[len(lines)-1]
}

func TestDoctorWithoutAnythingListsWhatIsAssumed(t *testing.T) {
	doctorEnvironment(t)
	t.Setenv("COREAPI_CLIENT_KEY", "")
	t.Setenv("COREAPI_PRIVATE_KEY", "")
	got := runWith(t, "", "doctor")
	assert.Equal(t, exitNothingChecked, got.code)
	assert.Empty(t, got.err)
	assert.Equal(t, "profile default skipped none is named, so that all is as the SDK assumes it: pass -profile FILE", doctorLine(t, got.out, "profile"))
	assert.Contains(t, doctorLine(t, got.out, "client key"), "skipped COREAPI_CLIENT_KEY is not set")
	assert.Contains(t, doctorLine(t, got.out, "private key"), "skipped neither COREAPI_PRIVATE_KEY nor COREAPI_PRIVATE_KEY_FILE is set")
	assert.Equal(t, "signature - skipped hangs on the private key", doctorLine(t, got.out, "signature"))
	assert.Equal(t, "version default - 1.0.0, the reference's sample", doctorLine(t, got.out, "version"))
	assert.Equal(t, "loginStatus.method documented - GET", doctorLine(t, got.out, "loginStatus.method"))
	assert.Equal(t, "loginStatus.path default - /user/login?id={reqToken}, the form of the reference's sample", doctorLine(t, got.out, "loginStatus.path"))
	assert.Equal(t, "0 checks: 0 hold, 0 FAIL; 4 skipped. The wire: 6 documented, 0 set, 24 assumed by default.", lastLineOf(got.out))
}

func TestDoctorSaysWhatAProfileSets(t *testing.T) {
	doctorEnvironment(t)
	file := textFile(t, acmeProfile)
	got := runWith(t, "", "doctor", "-profile", file)
	assert.Equal(t, exitOK, got.code)
	assert.Equal(t, "profile set holds "+file+" compiles", doctorLine(t, got.out, "profile"))
	assert.Equal(t, "client key set holds fits a header", doctorLine(t, got.out, "client key"))
	assert.Equal(t, "private key set holds is one that can sign (RSA)", doctorLine(t, got.out, "private key"))
	assert.Contains(t, doctorLine(t, got.out, "signature"), "documented holds RSA with SHA-256: a request was signed")
	assert.Equal(t, `envelope set - {"ok":true,"data":"{result}"}`, doctorLine(t, got.out, "envelope"))
	assert.Equal(t, "states set - DONE is succeeded, REFUSED is failed, WAITING is pending", doctorLine(t, got.out, "states"))
	assert.Equal(t, `login.body set - {"username":"{account}","secret":"{password}"}`, doctorLine(t, got.out, "login.body"))
	assert.Equal(t, "4 checks: 4 hold, 0 FAIL; 0 skipped. The wire: 6 documented, 17 set, 7 assumed by default.", lastLineOf(got.out))
}

func TestDoctorComparesWhatIsSetWithTheReference(t *testing.T) {
	doctorEnvironment(t)
	got := runWith(t, "", "doctor", "-profile", textFile(t, `{"clientInfo":{"method":"GET"},"loginStatus":{"method":"POST","path":"/status","body":{"t":"{reqToken}"}},"signature":{"noBody":"null"}}`))
	assert.Equal(t, exitOK, got.code, got.out)
	assert.Equal(t, "clientInfo.method documented - GET", doctorLine(t, got.out, "clientInfo.method"))
	assert.Equal(t, "loginStatus.method set - POST (the reference has GET)", doctorLine(t, got.out, "loginStatus.method"))
	assert.Equal(t, `loginStatus.body set - {"t":"{reqToken}"}`, doctorLine(t, got.out, "loginStatus.body"))
	assert.Equal(t, "signature.noBody set - null (the reference has {})", doctorLine(t, got.out, "signature.noBody"))
}

func TestDoctorTakesTheProfileOfTheEnvironmentUnlessAFlagNamesAnother(t *testing.T) {
	doctorEnvironment(t)
	t.Setenv("COREAPI_PROFILE", textFile(t, `{"version":"3"}`))
	assert.Equal(t, "version set - 3", doctorLine(t, runWith(t, "", "doctor").out, "version"))
	assert.Equal(t, "version set - 2.0", doctorLine(t, runWith(t, "", "doctor", "-profile", textFile(t, acmeProfile)).out, "version"))
}

func TestAWrongProfileIsSaidLineByLineAndWhatHangsOnItIsSkipped(t *testing.T) {
	s := startAcme(t)
	wrong := strings.NewReplacer("{account}", "{user}", "{url}", "{uri}").Replace(acmeProfile)
	response := textFile(t, s.answers["/v1/partner"])
	got := runWith(t, "", "doctor", "-profile", textFile(t, wrong), "-response", response, "-operation", "Clients.Info", "-live")
	assert.Equal(t, exitUsage, got.code)
	assert.Empty(t, got.err)
	assert.Contains(t, got.out, "FAILS    Login.body.username has the unknown name {user}")
	assert.Contains(t, got.out, "FAILS    StartLogin.result.page has the unknown name {uri}")
	assert.Equal(t, "private key set holds is one that can sign (RSA)", doctorLine(t, got.out, "private key"), "the other checks run")
	assert.Equal(t, "signature - skipped hangs on the profile", doctorLine(t, got.out, "signature"))
	assert.Equal(t, "Clients.Info "+response+" - skipped hangs on the profile", doctorLine(t, got.out, "Clients.Info"))
	assert.Equal(t, "TCP - holds a connection was made", doctorLine(t, got.out, "TCP"))
	assert.Contains(t, got.out, "Users.LoginStatus  -    skipped  hangs on the profile")
	assert.Zero(t, s.gets.Load())
}

func TestAProfileThatIsNotThereIsAWrongOne(t *testing.T) {
	doctorEnvironment(t)
	got := runWith(t, "", "doctor", "-profile", "none.json")
	assert.Equal(t, exitUsage, got.code)
	assert.Contains(t, doctorLine(t, got.out, "profile"), "set FAILS none.json: the profile cannot be read: "+noSuchFile(t))
	got = runWith(t, "", "doctor", "-profile", textFile(t, `{"version":"é"}`))
	assert.Equal(t, exitUsage, got.code)
	assert.Contains(t, doctorLine(t, got.out, "profile"), "outside ASCII")
}

func TestAWrongKeyFails(t *testing.T) {
	doctorEnvironment(t)
	t.Setenv("COREAPI_PRIVATE_KEY", testkey.PKCS8Base64[:800])
	t.Setenv("COREAPI_CLIENT_KEY", "schlüssel")
	got := runWith(t, "", "doctor")
	assert.Equal(t, exitFailed, got.code)
	assert.Contains(t, doctorLine(t, got.out, "client key"), "set FAILS COREAPI_CLIENT_KEY")
	assert.Contains(t, doctorLine(t, got.out, "private key"), "set FAILS COREAPI_PRIVATE_KEY: ")
	assert.Contains(t, doctorLine(t, got.out, "private key"), "[acts: you]")
	assert.Equal(t, "signature - skipped hangs on the private key", doctorLine(t, got.out, "signature"))
}

func TestWrongUsageOfDoctor(t *testing.T) {
	doctorEnvironment(t)
	file, empty := textFile(t, `{}`), textFile(t, "\n")
	for want, args := range map[string][]string{
		"takes no arguments":                        {"x"},
		"has no -operation":                         {"-response", file},
		"put it behind the -response":               {"-operation", "Clients.Info"},
		"put it behind the -response that":          {"-status", "200"},
		"there is no such operation":                {"-response", file, "-operation", "Clients.Get"},
		"a final HTTP status":                       {"-response", file, "-operation", "Clients.Info", "-status", "100"},
		"a final HTTP status, 200":                  {"-response", file, "-operation", "Clients.Info", "-status", "ok"},
		"put each -status behind":                   {"-refusal", file, "-status", "400", "-status", "401"},
		"put each -operation behind":                {"-response", file, "-operation", "Clients.Info", "-operation", "Clients.Info"},
		"leave -operation out":                      {"-refusal", file, "-operation", "Users.Login"},
		"standard input can be one recording":       {"-refusal", "-", "-response", "-", "-operation", "Clients.Info"},
		"it is empty":                               {"-profile", ""},
		"it is empty: pass a file":                  {"-response", ""},
		"is empty: record one by curl -i":           {"-refusal", empty},
		"recorded response cannot be read: open no": {"-refusal", "no.json"},
	} {
		got := runWith(t, "", append([]string{"doctor"}, args...)...)
		assert.Equal(t, exitUsage, got.code, args)
		assert.Empty(t, got.out, args)
		assert.Contains(t, got.err, want, args)
	}
}

// exampleProfiles are the files of examples/profiles.
func exampleProfiles(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("../../examples/profiles/*.json")
	require.NoError(t, err)
	require.Len(t, files, 8)
	return files
}

func TestTheListedDefaultsAreThoseOfTheDefaultWrittenOut(t *testing.T) {
	written, err := coreapi.LoadProfile("../../examples/profiles/1-default.json")
	require.NoError(t, err)
	names := func(template coreapi.Template) (all []string) {
		for _, found := range regexp.MustCompile(`"\{(\w+)\}"`).FindAllStringSubmatch(string(template), -1) {
			all = append(all, found[1])
		}
		return all
	}
	for _, r := range doctorRoutes(&written) {
		assert.Subset(t, strings.Split(r.result, ", "), names(r.set.Result), "%s.result", r.field)
		if r.body != "" && r.body != "{}" {
			assert.ElementsMatch(t, strings.Split(r.body, ", "), names(r.set.Body), "%s.body", r.field)
		}
		if r.method != "" {
			assert.Equal(t, r.method, r.set.Method, r.field)
		}
	}
}

func TestAllOperationsHaveARoute(t *testing.T) {
	var names []string
	for _, r := range doctorRoutes(&newDoctor(doctorRequest{}).profile) {
		names = append(names, r.operation)
	}
	assert.True(t, slices.Equal(operationNames(), names), names)
}
