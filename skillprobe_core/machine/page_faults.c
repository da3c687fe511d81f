/* A page of a memory-mapped file that cannot be read is replaced by zeros and counted.

   The kernel sends SIGBUS where a file was cut short after it was mapped, or where its disk fails; by default that ends
   the process. Any other SIGBUS goes to the handler that was there before. */

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

static struct sigaction before;
static long unread;
static uintptr_t page_size;

static void replace_page(int number, siginfo_t *info, void *context) {
  int error = errno;
  (void)context;
  if (info->si_code == BUS_ADRERR && info->si_addr != NULL) {
    void *page = (void *)((uintptr_t)info->si_addr & ~(page_size - 1));
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
    if (mmap(page, page_size, PROT_READ | PROT_WRITE, flags, -1, 0) != MAP_FAILED) {
      __atomic_add_fetch(&unread, 1, __ATOMIC_SEQ_CST);
      errno = error;
      return;
    }
  }
  /* The instruction fails again when this returns; a signal that another process sent has to be sent again. */
  sigaction(number, &before, NULL);
  if (info->si_code <= 0) raise(number);
  errno = error;
}

/* Handle SIGBUS from now on; returns 0, or -1 if that fails. */
int page_faults_begin(void) {
  struct sigaction action = {0};
  page_size = (uintptr_t)sysconf(_SC_PAGESIZE);
  action.sa_sigaction = replace_page;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  return sigaction(SIGBUS, &action, &before);
}

/* Handle it as before. */
int page_faults_end(void) { return sigaction(SIGBUS, &before, NULL); }

/* The number of pages that were replaced. */
long page_faults_unread(void) { return __atomic_load_n(&unread, __ATOMIC_SEQ_CST); }
