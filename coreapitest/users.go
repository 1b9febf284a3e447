package coreapitest

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
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

func (t userTable) add(u User) error {
	if u.Status == "" {
		u.Status = Active
	}
	if u.ID == "" {
		u.ID = newID()
	}
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

// mustFind is for a test's setup.
func (t userTable) mustFind(emailOrWhatsApp string) (*User, error) {
	if u := t.find(emailOrWhatsApp); u != nil {
		return u, nil
	}
	return nil, fmt.Errorf("there is no user with the account %q: add one, or pass another", emailOrWhatsApp)
}
