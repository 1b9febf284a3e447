package coreapitest

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/fypass/coreapi-go/internal/wire"
)

// User is one who can log in. It prints without its password.
type User struct {
	ID       string // zero: made up
	Email    string // matches in any letter case
	WhatsApp string
	Password string
	Status   Status // zero: Active
}

// userTable finds users by what they log in with.
type userTable struct {
	byID, byEmail, byWhatsApp map[string]*User
}

func newUserTable() userTable {
	return userTable{map[string]*User{}, map[string]*User{}, map[string]*User{}}
}

// addUser fills in the zero fields.
func (s *state) addUser(u User) error {
	u.Status = cmp.Or(u.Status, Active)
	if u.ID == "" {
		u.ID = s.newIDs.user()
	}
	if err := checkResult(s.wire, wire.Values{wire.UserID: u.ID}, wire.Login, wire.LoginStatus); err != nil {
		return fmt.Errorf("the user id %q: %w", u.ID, err)
	}
	return s.users.add(u)
}

func (t userTable) add(u User) error {
	if err := t.check(u); err != nil {
		return err
	}
	t.byID[u.ID] = &u
	if u.Email != "" {
		t.byEmail[foldEmail(u.Email)] = &u
	}
	if u.WhatsApp != "" {
		t.byWhatsApp[u.WhatsApp] = &u
	}
	return nil
}

func (t userTable) check(u User) error {
	if u.Email == "" && u.WhatsApp == "" {
		return errors.New("the user has no account: set Email or WhatsApp")
	}
	for _, account := range []string{u.Email, u.WhatsApp} {
		if account != "" && t.find(account) != nil {
			return fmt.Errorf("the account %q exists already", account)
		}
	}
	if t.byID[u.ID] != nil {
		return fmt.Errorf("the user id %q exists already", u.ID)
	}
	return u.Status.check()
}

// foldEmail gives two emails one form where strings.EqualFold takes them for equal.
func foldEmail(email string) string { return strings.Map(smallestFold, email) }

// smallestFold is the smallest of the runes that differ in letter case only.
func smallestFold(r rune) rune {
	smallest := r
	for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
		smallest = min(smallest, other)
	}
	return smallest
}

// find takes either kind of account, as the hosted page does. nil: none.
func (t userTable) find(emailOrWhatsApp string) *User {
	if u := t.byEmail[foldEmail(emailOrWhatsApp)]; u != nil {
		return u
	}
	return t.byWhatsApp[emailOrWhatsApp]
}

// findIn looks for the account of a login. One that the profile does not tell the kind of
// may be either.
func (t userTable) findIn(login *wire.Values) *User {
	switch {
	case login[wire.Email] != "":
		return t.byEmail[foldEmail(login[wire.Email])]
	case login[wire.WhatsApp] != "":
		return t.byWhatsApp[login[wire.WhatsApp]]
	}
	return t.find(login[wire.Account])
}

// mustFind is for a test's setup.
func (t userTable) mustFind(emailOrWhatsApp string) (*User, error) {
	if u := t.find(emailOrWhatsApp); u != nil {
		return u, nil
	}
	return nil, fmt.Errorf("there is no user with the account %q: add one, or pass another", emailOrWhatsApp)
}
