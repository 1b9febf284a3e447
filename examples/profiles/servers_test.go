package profiles_test

import (
	"bytes"
	"cmp"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
)

// The servers know nothing of the SDK: this file and wires_test.go import the standard
// library alone. Every value that they answer is a canary, so that it is found wherever it
// is printed. Ids are digits, since one of the wires has numbers.
const (
	registeredKey  = "canary-client-key-5512"
	canaryClientID = "66019900601"
	canaryShop     = "canary-shop-3301"
	canaryStatus   = "canary-active-3302"
	firstUserID    = 71019900700
	firstDeviceID  = 88019900800
)

type obj map[string]any

// refusal is why a request failed. The wire says how it is written.
type refusal struct {
	status        int
	code, message string
}

func missing(name string) *refusal { return &refusal{400, "", name + " is missing"} }

type account struct {
	id, token, email, phone, password string
	suspended                         bool
}

type hostedLogin struct {
	state                       string // "pending", "succeeded" or "failed"
	user                        *account
	failureCode, failureMessage string
}

// page is the hosted page's URL.
func page(reqToken string) string { return "https://login.example/canary-page-4401?t=" + reqToken }

type storedDevice struct {
	id      string
	members obj // as they came
}

// backend is what is behind each wire: accounts, logins, devices, and the client's key.
type backend struct {
	mu              sync.Mutex
	key             *rsa.PublicKey
	clientSuspended bool
	stateWord       string // instead of the wire's own; "": the wire's own
	requestIDs      map[string]bool
	accounts        []*account
	logins          map[string]*hostedLogin
	devices         []storedDevice
}

func newBackend(key *rsa.PublicKey) *backend {
	return &backend{key: key, requestIDs: map[string]bool{}, logins: map[string]*hostedLogin{}}
}

// verify checks what the reference documents of every request.
func (b *backend) verify(r *http.Request, body []byte) *refusal {
	id := r.Header.Get("X-Request-Id")
	switch {
	case r.Header.Get("X-Client-Key") != registeredKey:
		return &refusal{401, "UNITSYSTEM00001", "the client key is not registered"}
	case r.Header.Get("X-Version") != "1.0.0":
		return &refusal{400, "", "x-version is none that is served"}
	case id == "" || b.requestIDs[id]:
		return &refusal{400, "", "x-request-id is missing, or was used before"}
	}
	b.requestIDs[id] = true
	signature, err := base64.StdEncoding.DecodeString(r.Header.Get("X-Signature"))
	digest := sha256.Sum256(signedText(r, body))
	if err != nil || rsa.VerifyPKCS1v15(b.key, crypto.SHA256, digest[:], signature) != nil {
		return &refusal{401, "", "the signature does not verify"}
	}
	if b.clientSuspended {
		return &refusal{403, "CLIENT_ACCOUNT_SUSPENDED", "the client is suspended"}
	}
	return nil
}

// signedText is the documented structure, compact and in the documented order.
func signedText(r *http.Request, body []byte) []byte {
	var text bytes.Buffer
	write := func(before, value string) {
		text.WriteString(before)
		encoder := json.NewEncoder(&text)
		encoder.SetEscapeHTML(false)
		_ = encoder.Encode(value)     // a string can be encoded
		text.Truncate(text.Len() - 1) // the encoder's newline
	}
	write(`{"endpoint":`, r.URL.RequestURI())
	write(`,"method":`, r.Method)
	write(`,"headers":{"x-client-key":`, r.Header.Get("X-Client-Key"))
	if token := r.Header.Get("X-Token"); token != "" {
		write(`,"x-token":`, token)
	}
	write(`,"x-request-id":`, r.Header.Get("X-Request-Id"))
	write(`,"x-version":`, r.Header.Get("X-Version"))
	text.WriteString(`},"body":` + cmp.Or(string(body), "{}") + `}`)
	return text.Bytes()
}

func (b *backend) addAccount(email, phone, password string) *account {
	b.mu.Lock()
	defer b.mu.Unlock()
	id := strconv.Itoa(firstUserID + len(b.accounts))
	a := &account{id: id, token: "canary-user-token-" + id, email: email, phone: phone, password: password}
	b.accounts = append(b.accounts, a)
	return a
}

func (b *backend) account(name string) *account {
	for _, a := range b.accounts {
		if name != "" && (a.email == name || a.phone == name) {
			return a
		}
	}
	return nil
}

// login is called with the lock, as are the others that a wire calls.
func (b *backend) login(name, password, reqToken string) (*account, *refusal) {
	a := b.account(name)
	switch {
	case a == nil:
		return nil, &refusal{404, "USER_NOT_FOUND", "the account is not registered"}
	case a.password != password:
		return nil, &refusal{401, "INVALID_PASSWORD", "the password is wrong"}
	case a.suspended:
		return nil, &refusal{403, "USER_SUSPENDED", "the user is suspended"}
	case reqToken != "" && b.logins[reqToken] == nil:
		return nil, &refusal{400, "FAILED_UPDATE_USER_TOKEN", "the reqToken is invalid"}
	}
	return a, nil
}

// start begins a hosted login.
func (b *backend) start() (reqToken string) {
	reqToken = fmt.Sprintf("canary-req-token-%04d", len(b.logins))
	b.logins[reqToken] = &hostedLogin{state: "pending"}
	return reqToken
}

func (b *backend) hosted(parameter, reqToken string) (*hostedLogin, *refusal) {
	if reqToken == "" {
		return nil, missing(parameter)
	}
	if login := b.logins[reqToken]; login != nil {
		return login, nil
	}
	return nil, &refusal{400, "INVALID_OBJECT_ID", "the reqToken is invalid"}
}

// decide ends a hosted login as the user would on the page.
func (b *backend) decide(reqToken string, login hostedLogin) {
	b.mu.Lock()
	defer b.mu.Unlock()
	*b.logins[reqToken] = login
}

// save stores a device's members as they came. idMember is the wire's name of its deviceId.
func (b *backend) save(members obj, idMember string) (storedDevice, *refusal) {
	deviceID, _ := members[idMember].(string)
	if deviceID == "" {
		return storedDevice{}, missing(idMember)
	}
	for _, d := range b.devices {
		if d.members[idMember] == deviceID {
			return storedDevice{}, &refusal{409, "DUPLICATE_KEY", "the device is stored already"}
		}
	}
	d := storedDevice{strconv.Itoa(firstDeviceID + len(b.devices)), members}
	b.devices = append(b.devices, d)
	return d, nil
}

func (b *backend) device(parameter, id string) (storedDevice, *refusal) {
	if id == "" {
		return storedDevice{}, missing(parameter)
	}
	for _, d := range b.devices {
		if d.id == id {
			return d, nil
		}
	}
	return storedDevice{}, &refusal{400, "INVALID_OBJECT_ID", "no device has the id"}
}

// with is the device's members and its id.
func (d storedDevice) with(idMember string, id any) obj {
	members := obj{idMember: id}
	maps.Copy(members, d.members)
	return members
}

// server is a backend with a wire before it.
type server struct {
	*backend
	mux    *http.ServeMux
	accept func(w http.ResponseWriter, result any)
	refuse func(w http.ResponseWriter, why refusal)
}

// ServeHTTP verifies first. One request is served at a time.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		s.refuse(w, refusal{400, "", "the body was cut short"})
		return
	}
	if why := s.verify(r, body); why != nil {
		s.refuse(w, *why)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	s.mux.ServeHTTP(w, r)
}

// endpoint answers with a result, or refuses.
type endpoint func(r *http.Request, body []byte) (result any, why *refusal)

func (s *server) on(pattern string, answer endpoint) {
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body) // from memory
		if result, why := answer(r, body); why != nil {
			s.refuse(w, *why)
		} else {
			s.accept(w, result)
		}
	})
}

func newServer(b *backend, accept func(http.ResponseWriter, any), refuse func(http.ResponseWriter, refusal)) *server {
	s := &server{b, http.NewServeMux(), accept, refuse}
	s.on("/", func(*http.Request, []byte) (any, *refusal) {
		return nil, &refusal{404, "", "there is no such endpoint"}
	})
	return s
}

// strictly decodes a body, and refuses a member that the endpoint does not know.
func strictly(body []byte, into any) *refusal {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return &refusal{400, "", strings.TrimPrefix(err.Error(), "json: ")}
	}
	return nil
}

func writeJSON(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value) // into memory
}

// bare writes a result as the whole body.
func bare(w http.ResponseWriter, result any) { writeJSON(w, http.StatusOK, result) }

// codeAndMessage writes the documented error.
func codeAndMessage(w http.ResponseWriter, why refusal) {
	writeJSON(w, why.status, why.members())
}

func (why refusal) members() obj {
	members := obj{"message": why.message}
	if why.code != "" {
		members["code"] = why.code
	}
	return members
}

// inMemory is a handler as a transport, which works under testing/synctest.
type inMemory struct{ http.Handler }

// RoundTrip calls the handler.
func (m inMemory) RoundTrip(r *http.Request) (*http.Response, error) {
	arrived := r.Clone(r.Context())
	arrived.RequestURI = r.URL.RequestURI()
	if r.Body == nil {
		arrived.Body = http.NoBody
	} else {
		defer r.Body.Close()
	}
	recorder := httptest.NewRecorder()
	m.ServeHTTP(recorder, arrived)
	response := recorder.Result()
	response.Request = r
	return response, nil
}
