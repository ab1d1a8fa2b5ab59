// Gitea with an SQLite that is written in Go, as its own program has it from 1.27 on:
// that of 1.26 needs cgo.
package main

import (
	"database/sql"
	"database/sql/driver"
	"net/url"
	"os"
	"strings"

	"code.gitea.io/gitea/cmd"
	"code.gitea.io/gitea/modules/log"
	_ "code.gitea.io/gitea/modules/markup/markdown"
	"code.gitea.io/gitea/modules/setting"
	"modernc.org/sqlite"
)

// version is set by the linker.
var version = "development"

func main() {
	sql.Register("sqlite3", lite{&sqlite.Driver{}})
	setting.EnableSQLite3 = true
	setting.SupportedDatabaseTypes = append(setting.SupportedDatabaseTypes, "sqlite3")
	setting.AppVer = version
	err := cmd.RunMainApp(cmd.NewMainApp(cmd.AppVersion{Version: version}), os.Args...)
	log.GetManager().Close()
	if err != nil {
		os.Exit(1)
	}
}

// lite opens databases with the parameters that Gitea names as the driver that it is
// made for does.
type lite struct{ driver.Driver }

func (l lite) Open(name string) (driver.Conn, error) {
	path, text, _ := strings.Cut(name, "?")
	given, err := url.ParseQuery(text)
	if err != nil {
		return nil, err
	}
	query := url.Values{"_txlock": given["_txlock"]}
	for _, pragma := range []string{"busy_timeout", "journal_mode"} {
		if value := given.Get("_" + pragma); value != "" {
			query.Add("_pragma", pragma+"("+value+")")
		}
	}
	return l.Driver.Open(path + "?" + query.Encode())
}
