/* Groups of commits (ans_store_begin_group): when the disk is waited for, and what a kill leaves. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "scratch.h"
#include "store/store.h"

#define OK(call) cr_assert_eq((call), ANS_OK, "%s", ans_error_render(&err, ANS_LANG_EN, (char[1024]){0}, 1024))
static ans_error err;

TestSuite(store_group, .init = scratch_begin, .fini = scratch_end);

static ans_store *open_as(ans_store_mode mode) {
  ans_store *s = NULL;
  OK(ans_store_open(scratch_path("group.db"), mode, &s, &err));
  return s;
}

static bool count(void *ctx, int64_t id, const char *key) {
  (void)id;
  (void)key;
  ++*(int *)ctx;
  return true;
}

/* SQLite calls these instead of the C library's, because this program defines them: what is counted is what was asked of the disk. */
static int waits;
__attribute__((visibility("default"))) int fsync(int fd) { return waits++, (int)syscall(SYS_fsync, fd); }
__attribute__((visibility("default"))) int fdatasync(int fd) { return waits++, (int)syscall(SYS_fdatasync, fd); }

static void commit_subjects(ans_store *s, const char *name, int n) {
  char key[32];
  int64_t id;
  for (int i = 0; i < n; i++) {
    snprintf(key, sizeof key, "%s-%d", name, i);
    OK(ans_store_begin(s, &err));
    OK(ans_store_subject(s, "Person", key, true, &id, &err));
    OK(ans_store_commit(s, &err));
  }
}

Test(store_group, a_group_waits_for_the_disk_once) {
  ans_store *s = open_as(ANS_STORE_CREATE);
  commit_subjects(s, "first", 1); /* the log's header is written and on disk */
  waits = 0;
  commit_subjects(s, "each", 5);
  cr_assert_geq(waits, 5, "%d", waits); /* every commit by itself */
  OK(ans_store_begin_group(s, &err));
  waits = 0;
  commit_subjects(s, "group", 5);
  cr_assert_eq(waits, 0);
  OK(ans_store_end_group(s, &err));
  cr_assert_geq(waits, 1);
  waits = 0;
  OK(ans_store_begin_group(s, &err));
  OK(ans_store_begin(s, &err));
  OK(ans_store_commit(s, &err));
  OK(ans_store_end_group(s, &err)); /* a group that changed nothing writes nothing */
  cr_assert_eq(waits, 0);
  commit_subjects(s, "again", 3);
  cr_assert_geq(waits, 3);
  ans_store_close(s);
}

Test(store_group, groups_do_not_nest_and_never_hold_what_must_be_on_disk_first) {
  ans_store *s = open_as(ANS_STORE_CREATE);
  const ans_exchange_entry e = {.at = 1, .register_name = "Melderegister", .service = "person", .subject_key = "1", .legal_basis = "§ 1", .purpose = "test", .case_id = "c", .request_id = "r", .xroad_request_id = "x", .outcome = "sent", .error_detail = ""};
  cr_assert_eq(ans_store_end_group(s, &err), ANS_INTERNAL);
  OK(ans_store_begin_group(s, &err));
  cr_assert_eq(ans_store_begin_group(s, &err), ANS_INTERNAL);
  cr_assert_str_eq(err.code, "E-STORE-INTX");
  cr_assert_eq(ans_store_log_exchange(s, &e, NULL, &err), ANS_INTERNAL);
  cr_assert_str_eq(err.code, "E-STORE-INTX");
  OK(ans_store_begin(s, &err));
  cr_assert_eq(ans_store_end_group(s, &err), ANS_INTERNAL);
  ans_store_rollback(s);
  OK(ans_store_end_group(s, &err));
  OK(ans_store_log_exchange(s, &e, NULL, &err));
  ans_store_close(s);
  s = open_as(ANS_STORE_READ);
  cr_assert_eq(ans_store_begin_group(s, &err), ANS_STORE);
  cr_assert_str_eq(err.code, "E-STORE-READONLY");
  ans_store_close(s);
}

Test(store_group, a_kill_within_a_group_loses_no_commit) {
  ans_store_close(open_as(ANS_STORE_CREATE));
  const pid_t pid = fork();
  if (pid == 0) {
    ans_store *s = NULL;
    if (ans_store_open(scratch_path("group.db"), ANS_STORE_WRITE, &s, &err) != ANS_OK || ans_store_begin_group(s, &err) != ANS_OK) _exit(1);
    commit_subjects(s, "killed", 20);
    kill(getpid(), SIGKILL);
  }
  int status = 0;
  cr_assert_eq(waitpid(pid, &status, 0), pid);
  cr_assert(WIFSIGNALED(status));
  ans_store *s = open_as(ANS_STORE_WRITE);
  int n = 0;
  OK(ans_store_subjects(s, "Person", 0, count, &n, &err));
  cr_assert_eq(n, 20);
  ans_store_close(s);
}
