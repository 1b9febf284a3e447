package coreapi

import (
	"reflect"
	"sync"
)

// plainTypes remembers the types of bodies that pass checkBodyType and hold nothing
// that holdsSecret looks for, whatever their value, so that each call need not
// look. The zero value is ready, a nil one knows no type, and both are safe for
// concurrent use.
type plainTypes struct{ known sync.Map } // of reflect.Type to bool

func (p *plainTypes) has(body any) bool {
	t := reflect.TypeOf(body)
	if p == nil || t == nil {
		return false
	}
	if plain, ok := p.known.Load(t); ok {
		return plain.(bool)
	}
	plain := checkBodyType(body) == nil && isPlain(t, map[reflect.Type]bool{})
	p.known.Store(t, plain)
	return plain
}

// isPlain goes where secretIn goes, but by types alone: what is behind an interface
// is not known, so such a type is not plain.
func isPlain(t reflect.Type, seen map[reflect.Type]bool) bool {
	switch {
	case t == secretType, t == rawJSONType, isDeviceInfo(t):
		return false
	case seen[t]:
		return true // or it is found out where it was seen first
	}
	seen[t] = true
	switch t.Kind() {
	case reflect.Struct:
		return everyField(t, marshals(t), func(field reflect.Type) bool { return isPlain(field, seen) })
	case reflect.Interface:
		return false
	case reflect.Pointer:
		return isPlain(t.Elem(), seen)
	case reflect.Slice, reflect.Array:
		return marshals(t) || isPlain(t.Elem(), seen)
	case reflect.Map:
		return marshals(t) || (isPlain(t.Key(), seen) && isPlain(t.Elem(), seen))
	}
	return true
}

// everyField reports whether all fields that JSON may write pass, or all embedded
// ones, of which a type may have its marshaling.
func everyField(t reflect.Type, embeddedOnly bool, pass func(reflect.Type) bool) bool {
	for i := range t.NumField() {
		field := t.Field(i)
		written := field.Anonymous || (field.IsExported() && field.Tag.Get("json") != "-")
		if (embeddedOnly && !field.Anonymous) || !written {
			continue
		}
		if !pass(field.Type) {
			return false
		}
	}
	return true
}
