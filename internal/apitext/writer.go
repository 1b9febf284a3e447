package apitext

import (
	"cmp"
	"fmt"
	"go/types"
	"strings"
)

// writer writes the lines of a package.
type writer struct {
	pkg   *types.Package
	lines []string
}

func (w *writer) line(format string, args ...any) {
	w.lines = append(w.lines, "pkg "+w.pkg.Name()+", "+fmt.Sprintf(format, args...))
}

func (w *writer) object(object types.Object) {
	switch object := object.(type) {
	case *types.Const:
		w.line("const %s %s = %s", object.Name(), w.typeText(object.Type()), object.Val().ExactString())
	case *types.Var:
		w.line("var %s %s", object.Name(), w.typeText(object.Type()))
	case *types.Func:
		w.line("func %s%s", object.Name(), w.signature(object.Signature()))
	case *types.TypeName:
		w.typeName(object)
	}
}

func (w *writer) typeName(object *types.TypeName) {
	if object.IsAlias() {
		w.line("type %s = %s", object.Name(), w.typeText(types.Unalias(object.Type())))
		return
	}
	named := object.Type().(*types.Named)
	name := object.Name() + w.typeParams(named.TypeParams())
	switch underlying := named.Underlying().(type) {
	case *types.Struct:
		w.line("type %s struct", name)
		w.fields(name, underlying)
	case *types.Interface:
		w.interfaceType(name, underlying)
		return // its methods are its lines
	default:
		w.line("type %s %s", name, w.typeText(underlying))
	}
	w.methods(named)
}

// fields writes the exported ones, those of an embedded type that has no exported name
// among them.
func (w *writer) fields(name string, of *types.Struct) {
	for i := range of.NumFields() {
		field := of.Field(i)
		tag := of.Tag(i)
		if tag != "" {
			tag = " `" + tag + "`"
		}
		switch {
		case field.Exported() && field.Embedded():
			w.line("type %s struct, embedded %s%s", name, w.typeText(field.Type()), tag)
		case field.Exported():
			w.line("type %s struct, %s %s%s", name, field.Name(), w.typeText(field.Type()), tag)
		case field.Embedded():
			kept := field.Type()
			if pointer, ok := kept.Underlying().(*types.Pointer); ok {
				kept = pointer.Elem()
			}
			if inner, ok := kept.Underlying().(*types.Struct); ok {
				w.fields(name, inner)
			}
		}
	}
}

func (w *writer) interfaceType(name string, of *types.Interface) {
	var exported []string
	hidden := false
	for method := range of.Methods() {
		if !method.Exported() {
			hidden = true
			continue
		}
		exported = append(exported, method.Name())
		w.line("type %s interface, %s%s", name, method.Name(), w.signature(method.Signature()))
	}
	if hidden {
		w.line("type %s interface, unexported methods", name)
	}
	if !of.IsMethodSet() { // a constraint
		w.line("type %s %s", name, w.typeText(of))
		return
	}
	list := strings.Join(exported, ", ")
	if hidden {
		list = strings.TrimPrefix(list+", unexported methods", ", ")
	}
	w.line("type %s interface { %s }", name, cmp.Or(list, "any"))
}

// methods writes those that are promoted too.
func (w *writer) methods(named *types.Named) {
	ofValue := types.NewMethodSet(named)
	for selection := range types.NewMethodSet(types.NewPointer(named)).Methods() {
		method := selection.Obj().(*types.Func)
		if !method.Exported() {
			continue
		}
		star := "*"
		if ofValue.Lookup(method.Pkg(), method.Name()) != nil {
			star = ""
		}
		w.line("method (%s%s) %s%s", star, named.Obj().Name(), method.Name(), w.signature(method.Signature()))
	}
}

func (w *writer) typeParams(list *types.TypeParamList) string {
	if list.Len() == 0 {
		return ""
	}
	var params []string
	for param := range list.TypeParams() {
		params = append(params, param.Obj().Name()+" "+w.typeText(param.Constraint()))
	}
	return "[" + strings.Join(params, ", ") + "]"
}

// signature leaves the parameters' names out: no caller depends on them.
func (w *writer) signature(of *types.Signature) string {
	var params, results []string
	for i := range of.Params().Len() {
		text := w.typeText(of.Params().At(i).Type())
		if of.Variadic() && i == of.Params().Len()-1 {
			text = "..." + strings.TrimPrefix(text, "[]")
		}
		params = append(params, text)
	}
	for result := range of.Results().Variables() {
		results = append(results, w.typeText(result.Type()))
	}
	text := w.typeParams(of.TypeParams()) + "(" + strings.Join(params, ", ") + ")"
	switch len(results) {
	case 0:
		return text
	case 1:
		return text + " " + results[0]
	}
	return text + " (" + strings.Join(results, ", ") + ")"
}

// typeText writes a type with the names of other packages before theirs, and without
// the names of a function's parameters.
func (w *writer) typeText(of types.Type) string {
	switch of := of.(type) {
	case *types.Pointer:
		return "*" + w.typeText(of.Elem())
	case *types.Slice:
		return "[]" + w.typeText(of.Elem())
	case *types.Map:
		return "map[" + w.typeText(of.Key()) + "]" + w.typeText(of.Elem())
	case *types.Signature:
		return "func" + w.signature(of)
	}
	return types.TypeString(of, func(other *types.Package) string {
		if other == w.pkg {
			return ""
		}
		return other.Name()
	})
}
