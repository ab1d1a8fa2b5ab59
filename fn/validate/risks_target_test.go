package validate

import "testing"

func TestTarget(t *testing.T) {
	for _, tc := range []struct{ in, want string }{
		{"db1.example.com", "db1.example.com"},
		{"db1:5432", "db1:5432"},
		{"s3", "s3"},
		{"secret/airbyte/", "secret/airbyte"},
		{"jdbc:postgresql://db1:5432/airbyte?sslmode=require", "db1:5432/airbyte"},
		{"jdbc:postgresql://$(DATABASE_HOST):${DATABASE_PORT}/airbyte", "$(DATABASE_HOST):${DATABASE_PORT}/airbyte"},
		{"https://x.vault.azure.net/", "x.vault.azure.net"},
		{"postgresql://u:p@[fd00::1]:5432/airbyte", "[fd00::1]:5432/airbyte"},
		{"postgresql://u:p@h1:5432,h2:5432/airbyte", "h1:5432,h2:5432/airbyte"},
		{"jdbc:postgresql://u:pa/ss@host1/db", "host1/db"},
		{"postgresql://u:p@ss@host1/db", "host1/db"},
		{"postgresql://u:cGFzcw==@host1/db", "host1/db"},
		{"u:hunter2@tcp(db1)/x", "db1/x"},
		{"u:hunter2@tcp(db1:3306)/x?parseTime=true", "db1:3306/x"},
		{"jdbc:oracle:thin:scott/tiger@//host1:1521/svc", "host1:1521/svc"},
		{"jdbc:sqlserver://host1:1433;user=a;password=hunter2", "host1:1433"},
		{"host=db1 user=a password=hunter2", "db1"},
		{"host = db1 port = 5432 password = 'a b' dbname='airbyte'", "db1:5432/airbyte"},
		{"password= host=hunter2", ""}, // PostgreSQL takes host=hunter2 for the password
		{"password='it\\'s' host=db1", "db1"},
		{"host=db1;password=a@hunter2", ""},
		{"host='db1", ""},
		{"user=a password=hunter2", ""},
		{"dbname=postgresql://u:hunter2@db1/x host=db1", ""},
		{"u:hunter2", ""},
		{"u:hunter2@unix(/run/mysqld.sock)/x", ""},
		{"postgresql://u:p?@hunter2@host1/db", ""},
		{"host1/db?password=p@hunter2/x", ""},
		{"host1/db&password=p@hunter2", ""},
		{"db1 password hunter2", ""},
		{"", ""},
	} {
		if got, ok := target(tc.in); got != tc.want || ok != (tc.want != "") {
			t.Errorf("%q: got %q, %v, want %q", tc.in, got, ok, tc.want)
		}
	}
}
