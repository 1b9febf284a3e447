package coreapitest

import "github.com/fypass/coreapi-go"

// setup changes the state for a test. change must not report: the mutex is held.
func (f *fake) setup(change func(*state) error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return change(f.state)
}

// SetClientStatus sets the registered client's status. Any but [Active] costs it
// all access.
func (s *Server) SetClientStatus(st Status) {
	s.fake.report.Helper()
	if err := st.check(); err != nil {
		s.fake.report.Fatalf("coreapitest: SetClientStatus: %v", err)
		return
	}
	_ = s.fake.setup(func(state *state) error { state.clientStatus = st; return nil })
}

// AddUser adds a user who can log in. An account or an id that exists, or no
// account at all, is a mistake.
func (s *Server) AddUser(u User) {
	s.fake.report.Helper()
	if err := s.fake.setup(func(state *state) error { return state.addUser(u) }); err != nil {
		s.fake.report.Fatalf("coreapitest: AddUser: %v", err)
	}
}

// AddDevice stores a device, and returns it as Devices.Save would. One that
// Devices.Save would refuse is a mistake; but a number in Extra may be one that no
// signature covers.
func (s *Server) AddDevice(info coreapi.DeviceInfo) coreapi.Device {
	s.fake.report.Helper()
	device, err := s.fake.addDevice("", info)
	if err != nil {
		s.fake.report.Fatalf("coreapitest: AddDevice: %v", err)
		return coreapi.Device{}
	}
	return *device
}

// AddDeviceWithID is AddDevice with the API's id of the device, which AddDevice makes up:
// for programs that have ids in a file, and for tests that compare what is printed. An id
// that another device has, or that Devices.Get would refuse, is a mistake.
func (s *Server) AddDeviceWithID(id string, info coreapi.DeviceInfo) coreapi.Device {
	s.fake.report.Helper()
	err := s.fake.checkNewID(id)
	var device *coreapi.Device
	if err == nil {
		device, err = s.fake.addDevice(id, info)
	}
	if err != nil {
		s.fake.report.Fatalf("coreapitest: AddDeviceWithID: %v", err)
		return coreapi.Device{}
	}
	return *device
}

// SetUserStatus sets the status of the user with that account.
func (s *Server) SetUserStatus(emailOrWhatsApp string, st Status) {
	s.fake.report.Helper()
	err := s.fake.setup(func(state *state) error {
		u, err := state.users.mustFind(emailOrWhatsApp)
		if err != nil {
			return err
		}
		if err := st.check(); err != nil {
			return err
		}
		u.Status = st
		return nil
	})
	if err != nil {
		s.fake.report.Fatalf("coreapitest: SetUserStatus: %v", err)
	}
}

// ForbidOperation makes an operation, such as "Devices.Get", answer
// UNITSYSTEM00002.
func (s *Server) ForbidOperation(operation string) {
	s.fake.report.Helper()
	if err := checkOperation(operation); err != nil {
		s.fake.report.Fatalf("coreapitest: ForbidOperation: %v", err)
		return
	}
	_ = s.fake.setup(func(state *state) error { state.forbidden[operation] = true; return nil })
}

// CompleteLogin ends a pending login as if the user had used the hosted page with
// the right password. A user who is not active makes it fail, with the code.
func (s *Server) CompleteLogin(reqToken coreapi.Secret, emailOrWhatsApp string) {
	s.fake.report.Helper()
	err := s.fake.setup(func(state *state) error { return state.completeLogin(string(reqToken), emailOrWhatsApp) })
	if err != nil {
		s.fake.report.Fatalf("coreapitest: CompleteLogin: %v", err)
	}
}

// RequireUserToken makes an operation, such as "Devices.Get", answer 401 without a code
// where X-Token is not the token of a user who logged in. The reference has the header on
// endpoints that are specific to a user; which those are, and the answer, are assumptions.
func (s *Server) RequireUserToken(operation string) {
	s.fake.report.Helper()
	if err := checkOperation(operation); err != nil {
		s.fake.report.Fatalf("coreapitest: RequireUserToken: %v", err)
		return
	}
	_ = s.fake.setup(func(state *state) error { state.tokenWanted[operation] = true; return nil })
}

// CancelLogin ends a pending login as if the user had cancelled on the hosted page: it
// fails with CLIENT_CLOSED_REQUEST.
func (s *Server) CancelLogin(reqToken coreapi.Secret) {
	s.fake.report.Helper()
	err := s.fake.setup(func(state *state) error {
		return state.failLogin(string(reqToken), coreapi.CodeClientClosedRequest)
	})
	if err != nil {
		s.fake.report.Fatalf("coreapitest: CancelLogin: %v", err)
	}
}

// FailLogin ends a pending login as failed, with code as its FailureCode. The code need
// not be a documented one; none is a mistake.
func (s *Server) FailLogin(reqToken coreapi.Secret, code coreapi.Code) {
	s.fake.report.Helper()
	err := s.fake.setup(func(state *state) error { return state.failLogin(string(reqToken), code) })
	if err != nil {
		s.fake.report.Fatalf("coreapitest: FailLogin: %v", err)
	}
}

// Devices returns the devices that are stored, in the order in which they were, as
// Devices.Get would. The result is a copy.
func (s *Server) Devices() []coreapi.Device {
	s.fake.report.Helper()
	devices, err := s.fake.listDevices()
	if err != nil {
		s.fake.report.Fatalf("coreapitest: Devices: %v", err)
	}
	return devices
}

// Inject adds faults behind those that are there. One that is used up goes, and
// [Server.Reset] takes all away.
func (s *Server) Inject(faults ...Fault) {
	s.fake.report.Helper()
	for i, fault := range faults {
		if err := fault.check(); err != nil {
			s.fake.report.Fatalf("coreapitest: Inject: fault %d: %v", i+1, err)
			return
		}
	}
	if err := s.fake.setup(func(state *state) error { return state.faults.add(faults) }); err != nil {
		s.fake.report.Fatalf("coreapitest: Inject: %v", err)
	}
}

// Reset goes back to the state after [New]: no user, device, login, fault or request,
// no request id used, nothing forbidden, no user token required, and the client active
// with the same key. A request that still waits for a fault's Delay leaves no trace in
// the new state.
func (s *Server) Reset() {
	s.fake.mu.Lock()
	defer s.fake.mu.Unlock()
	s.fake.state = newState(s.fake.options.wire, s.fake.state.clientID, s.fake.options.limits)
}

// Requests returns what arrived, the faulted, refused and dropped ones too, in the
// order in which it arrived: the last 10,000, or fewer where these are over 16 MiB, unless
// [WithLimits] says otherwise. The result is a copy.
//
// Masked are the headers Authorization, Proxy-Authorization, Cookie, Referer, X-Token,
// X-Signature, X-Client-Key and the client key's. So is a path that has a reqToken, a
// password or a push token in it: it is the profile's. In a body the fields password,
// reqToken, userToken and pushToken are masked, and what else the profile calls them, in
// any letter case and at any depth. A body that is no JSON in UTF-8, is over 1 MiB or goes to the hosted page is
// kept as its length only.
func (s *Server) Requests() []Recorded {
	s.fake.mu.Lock()
	defer s.fake.mu.Unlock()
	requests := s.fake.state.requests.items()
	for i := range requests {
		requests[i] = requests[i].clone()
	}
	return requests
}
