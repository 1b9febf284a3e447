// Modproxy lays modules of a repository out as a module proxy has them, in the files that
// Go would make of a tag, so that a release is tried before there is one:
//
//	modproxy -repo DIR -out DIR -version v1.2.3 MODULE_DIR...
//
// What is not committed is not in it. GOPROXY=file://DIR then serves the modules.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/zip"
)

func main() {
	repo := flag.String("repo", ".", "the repository")
	out := flag.String("out", "", "the proxy's folder")
	version := flag.String("version", "", "the version, such as v1.2.3")
	flag.Parse()
	if *out == "" || *version == "" || flag.NArg() == 0 {
		fmt.Fprintln(os.Stderr, "modproxy: -out, -version and a module's folder are needed")
		os.Exit(2)
	}
	for _, dir := range flag.Args() {
		if err := publish(*repo, dir, *version, *out); err != nil {
			fmt.Fprintf(os.Stderr, "modproxy: %s: %v\n", dir, err)
			os.Exit(1)
		}
	}
}

// publish lays out the module in the folder dir of the repository's last commit.
func publish(repo, dir, version, out string) (err error) {
	dir = filepath.ToSlash(filepath.Clean(dir))
	goMod, err := exec.Command("git", "-C", repo, "show", "HEAD:./"+dir+"/go.mod").Output() //nolint:gosec,noctx // a folder that CI names; nobody waits for it with a context
	if err != nil {
		return fmt.Errorf("its go.mod is in no commit: %w", err)
	}
	m := module.Version{Path: modfile.ModulePath(goMod), Version: version}
	escaped, err := module.EscapePath(m.Path)
	if err != nil {
		return err
	}
	folder := filepath.Join(out, filepath.FromSlash(escaped), "@v")
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return err
	}
	info, err := json.Marshal(map[string]any{"Version": version, "Time": time.Now().UTC()})
	if err != nil {
		return err
	}
	for name, content := range map[string][]byte{"list": []byte(version + "\n"), version + ".info": info, version + ".mod": goMod} {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o600); err != nil {
			return err
		}
	}
	archive, err := os.Create(filepath.Join(folder, version+".zip"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, archive.Close()) }()
	subdir := dir
	if dir == "." {
		subdir = ""
	}
	return zip.CreateFromVCS(archive, m, repo, "HEAD", subdir)
}
