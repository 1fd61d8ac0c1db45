/*
 * The lease and the fence of docs/crash-safety.md, for SPIN: L1 to L7 and L10. Run by check.sh; results are in
 * docs/evidence.md.
 *
 * Modelled: agents that claim, fence, read the volume, publish a file and delete it, and claim again at will or after an
 * error. Each mkdir, link, rename out of or into staging, rmdir and creation of a tombstone may be answered with an error
 * and executed at any later time, any number of times; an answered mkdir may be repeated as well. A late request names a
 * directory by its path, or, with HANDLES, by its incarnation, which fails in another one. With SWEEP, tombstones that no
 * claim names are removed.
 *
 * Assumed of the server: each request is executed in one step; link and exclusive creation fail when the name is taken;
 * rmdir fails when there is something in the directory; a listing shows what was there before it began; a request that was
 * answered without an error is not executed again while its sender has the epoch (a session of NFS 4.1, or a reply cache).
 *
 * Not modelled: room on a full volume, durability, contents of files, client caches, heartbeats and waiting, an orderly
 * release, the forgetting of claims, errors of listing, stat, unlink and reading.
 *
 * Nothing here measures time. An agent may be scheduled at any step or never again, so each state contains the agent
 * that was stopped, the one that goes on and the one that crashed; a crashed agent that is started again, a waiter and
 * a holder that renews its lease after an error are all one that claims the next epoch.
 */
#ifndef AGENTS
#define AGENTS 2
#endif
#ifndef NAMES
#define NAMES 3  /* staging directories in a run, and so claims */
#endif
#ifndef LATE
#define LATE 2   /* requests in a run that are executed at any time after they were sent, any number of times */
#endif

#define FREE 0   /* what a name in staging/ stands for: nothing, */
#define FILE 9   /* a file, or else the incarnation of a directory */
#define INCARNATIONS 3
#define IS_DIR(name) (at[name] != FREE && at[name] != FILE)
#define BIT(name) (1 << (name))

#define CLAIM 1  /* what is in a directory */
#define STAGED 2
#define GRAVE 4

/* The server. Names of staging directories and epochs count from 1. */
byte at[NAMES + 1];
byte in[NAMES + 1];
byte claim[NAMES + 1];  /* epochs/n: the name of the staging directory */
byte top;               /* the highest epoch that was claimed */
byte place;             /* what a reader of the volume sees: the epoch that published it, or 0 */
#ifdef HANDLES
byte made[NAMES + 1];   /* incarnations so far */
#endif

/* Requests with an unknown fate. */
mtype = { MKDIR, LINK, PUBLISH, DELETE, RMDIR, TOMBSTONE, UNLINK };
mtype kind[LATE];
byte who[LATE];         /* the staging directory of the sender, or the name that it is about */
byte arg[LATE];         /* LINK: the epoch; PUBLISH, DELETE: the incarnation, or 0 for "by name"; UNLINK: the name */
byte late;

/* For the properties alone. */
byte used;              /* names that were given out */
byte epoch_of[NAMES + 1];
byte holder[NAMES + 1]; /* by epoch: the staging directory of who went through L3 */
byte changed_by;        /* the epoch of the last change */
byte fenced_by;         /* the highest epoch that is through with L5 */
byte read_by;           /* the highest epoch that has read the volume in L6 */

inline changed(name) {
  assert(epoch_of[name] >= changed_by);  /* P1: what readers see never goes back to an earlier epoch */
  assert(epoch_of[name] >= fenced_by);   /* P2: nothing of a fenced epoch is executed */
  assert(epoch_of[name] >= read_by);     /* P3: what was read in L6 is final for all earlier epochs */
  changed_by = epoch_of[name]
}

inline execute(k, name, a, done) {
  done = false;
  if
  :: k == MKDIR ->
     if
#ifdef HANDLES
     :: at[name] == FREE && made[name] < INCARNATIONS ->
        made[name]++; at[name] = made[name]; done = true
#else
     :: at[name] == FREE -> at[name] = 1; done = true
#endif
     :: else
     fi
  :: k == LINK ->
     if
#ifdef MUTANT_LATE_STAGING
     :: claim[a] == 0 -> claim[a] = name; assert(a == top + 1); top = a; done = true
#else
     :: claim[a] == 0 && IS_DIR(name) && (in[name] & CLAIM) ->
        claim[a] = name; assert(a == top + 1); top = a; done = true
#endif
     :: else
     fi
  :: k == PUBLISH ->
     if
     :: IS_DIR(name) && (a == 0 || a == at[name]) && (in[name] & STAGED) ->
        in[name] = in[name] & ~STAGED; place = epoch_of[name]; changed(name); done = true
     :: else
     fi
  :: k == DELETE ->
     if
#ifdef MUTANT_UNLINK_IN_PLACE
     :: place != 0 -> place = 0; changed(name); done = true
#else
     :: IS_DIR(name) && (a == 0 || a == at[name]) && place != 0 ->
        in[name] = in[name] | GRAVE; place = 0; changed(name); done = true
#endif
     :: else
     fi
  :: k == RMDIR ->
     if
     :: IS_DIR(name) && in[name] == 0 -> at[name] = FREE; done = true
     :: else
     fi
  :: k == TOMBSTONE ->
     if
     :: at[name] == FREE -> at[name] = FILE; done = true
     :: else
     fi
  :: k == UNLINK ->  /* of a tombstone, by the sweep of who has the directory `name` */
     if
#ifdef SWEEP_UNLINKS
     :: at[a] == FILE -> at[a] = FREE; done = true
#else
     :: at[a] == FILE && IS_DIR(name) -> at[a] = FREE; in[name] = in[name] | GRAVE; done = true
#endif
     :: else
     fi
  fi
}

inline detach(k, name, a) {
  kind[late] = k; who[late] = name; arg[late] = a; late++
}

/* The network: what is under way arrives when it likes, and as often as it likes. */
active proctype Network() {
  byte i;
  bool done;
  do
  :: atomic {
       late > 0 ->
       i = 0;
       do
       :: i < late - 1 -> i++
       :: break
       od;
       execute(kind[i], who[i], arg[i], done);
       i = 0; done = false
     }
  od
}

/* Sends a request: it is executed and answered, or the answer is an error and it is executed at any later time. */
#ifdef REPEAT
#define ANSWERED_AND_REPEATED(k, name, a) :: late < LATE -> execute(k, name, a, ok); detach(k, name, a)
#else
#define ANSWERED_AND_REPEATED(k, name, a)
#endif
#define SEND(k, name, a) \
  error = false; \
  if \
  :: execute(k, name, a, ok) \
  ANSWERED_AND_REPEATED(k, name, a) \
  :: late < LATE -> detach(k, name, a); ok = false; error = true \
  fi

/* While nobody later has changed anything, the holder knows what is there: no change of its own is undone. */
#define KNOWN assert(changed_by > epoch || place == known)

active [AGENTS] proctype Agent() {
  byte name, epoch, known, other, i, handle;
  byte todo;
  bool ok, error, published, deleted;
#ifdef SWEEP
  byte claimed;
#endif

again:
  atomic {  /* L1 */
    name = 0; epoch = 0; known = 0; other = 0; i = 0; handle = 0; todo = 0;
    ok = false; error = false; published = false; deleted = false;
#ifdef SWEEP
    claimed = 0;
#endif
    if
    :: used < NAMES && used >= _pid - 1 ->  /* agents are alike: the second does not start before the first */
       used++; name = used; epoch = top + 1; epoch_of[name] = epoch
    :: used == NAMES -> goto gone
    fi;
#ifdef MUTANT_LATE_STAGING
    goto link
#else
    if
    :: execute(MKDIR, name, 0, ok)
#ifndef NO_LATE_MKDIR
    :: late < LATE -> execute(MKDIR, name, 0, ok); detach(MKDIR, name, 0)
    :: late < LATE -> detach(MKDIR, name, 0); goto again
#endif
    fi;
    assert(ok)
#endif
  }

  atomic {  /* L2 */
    if
    :: IS_DIR(name) -> in[name] = in[name] | CLAIM
    :: else -> goto again
    fi
  }

link:
  atomic {  /* L3 */
    SEND(LINK, name, epoch)
  }
  atomic {
    if
    :: claim[epoch] == name -> error = false; ok = false
    :: else -> goto again
    fi;
    assert(holder[epoch] == 0);  /* P4: an epoch has one holder */
    holder[epoch] = name
  }

  atomic {  /* L4 */
    if
    :: top > epoch -> goto again
    :: else
    fi
  }

#ifdef MUTANT_LATE_STAGING
  atomic {
    if
    :: execute(MKDIR, name, 0, ok)
#ifndef NO_LATE_MKDIR
    :: late < LATE -> execute(MKDIR, name, 0, ok); detach(MKDIR, name, 0)
    :: late < LATE -> detach(MKDIR, name, 0); goto again
#endif
    fi;
    if
    :: ok -> ok = false
    :: else -> goto again
    fi
  }
#endif

#ifdef MUTANT_READ_FIRST
  atomic { known = place; read_by = (epoch > read_by -> epoch : read_by) }
#endif

  atomic {  /* L5: every earlier claim, every other directory; in any order */
#ifdef MUTANT_LAST_CLAIM
    if
    :: epoch > 1 -> todo = BIT(claim[epoch - 1])
    :: else
    fi;
#else
    for (i : 1 .. NAMES) {
      if
      :: i < epoch -> todo = todo | BIT(claim[i])
      :: else
      fi;
      if
      :: IS_DIR(i) && i != name -> todo = todo | BIT(i)
      :: else
      fi
    };
    todo = todo & ~BIT(name);
#endif
    i = 0
  }
  do
  :: atomic {
       todo != 0 ->
       other = 1;
       do
       :: todo & BIT(other) -> break
       :: other < NAMES && (todo >> (other + 1)) != 0 -> other++
       od
     };
tombstone:
#ifdef MUTANT_NO_TOMBSTONE
     atomic {
       if
       :: !IS_DIR(other) -> todo = todo & ~BIT(other); other = 0; goto next
       :: else
       fi
     };
#else
     atomic {
       SEND(TOMBSTONE, other, 0);
       if
       :: error -> goto again
       :: ok -> todo = todo & ~BIT(other); other = 0; ok = false; goto next
#ifdef MUTANT_NO_DIRECTORY
       :: else
       fi
     };
     atomic {  /* it exists, and is not a directory */
       if
       :: !IS_DIR(other) -> todo = todo & ~BIT(other); other = 0; goto next
       :: else
       fi
     };
#else
       :: !error && !ok && at[other] == FILE -> todo = todo & ~BIT(other); other = 0; goto next
       :: !error && !ok && at[other] != FILE
       fi
     };
#endif
#endif
     atomic {
       if
       :: IS_DIR(other) -> in[other] = 0
       :: else
       fi
     };
     atomic {
       SEND(RMDIR, other, 0);
       if
       :: error -> goto again
       :: else -> ok = false; goto tombstone
       fi
     };
next:
     skip
  :: atomic { todo == 0 -> fenced_by = (epoch > fenced_by -> epoch : fenced_by); break }
  od;

#ifndef MUTANT_READ_FIRST
  atomic { known = place; read_by = (epoch > read_by -> epoch : read_by) }  /* L6 */
#endif

#ifdef SWEEP
  /* Tombstones that no claim names. */
#ifdef SWEEP_CLAIMS_FIRST
  atomic { for (i : 1 .. top) { claimed = claimed | BIT(claim[i]) }; i = 0 }
#endif
  atomic {
    for (i : 1 .. NAMES) {
      if
      :: at[i] == FILE -> todo = todo | BIT(i)
      :: else
      fi
    };
    i = 0
  }
#ifndef SWEEP_CLAIMS_FIRST
  atomic { for (i : 1 .. top) { claimed = claimed | BIT(claim[i]) }; i = 0 }
#endif
  atomic { todo = todo & ~claimed; claimed = 0 }
  do
  :: atomic {
       todo != 0 ->
       other = 1;
       do
       :: todo & BIT(other) -> break
       :: else -> other++
       od;
       todo = todo & ~BIT(other);
       SEND(UNLINK, name, other);
       other = 0;
       if
       :: error -> goto again
       :: else -> ok = false; in[name] = in[name] & ~GRAVE
       fi
     }
  :: atomic { todo == 0 -> break }
  od;
#endif

  do  /* L7 */
  :: atomic {
       !published -> KNOWN;
       if
       :: IS_DIR(name) -> in[name] = in[name] | STAGED; published = true
       :: else -> goto again
       fi;
#ifdef HANDLES
       if
       :: handle = at[name]
       :: handle = 0
       fi
#endif
     };
     atomic {
       SEND(PUBLISH, name, handle);
       handle = 0;
       if
       :: ok -> known = epoch; ok = false
       :: else -> goto again
       fi
     }
  :: atomic {
       !deleted && known != 0 -> KNOWN; deleted = true;
#ifdef HANDLES
       if
       :: IS_DIR(name) -> handle = at[name]
       :: handle = 0
       fi;
#endif
       SEND(DELETE, name, handle);
       handle = 0;
       if
       :: ok -> known = 0; ok = false
       :: else -> goto again
       fi
     };
     atomic {
       if
       :: IS_DIR(name) -> in[name] = in[name] & ~GRAVE
       :: else -> goto again
       fi
     }
  :: atomic { KNOWN; goto again }  /* after an error of anything else */
  od;

gone:
  skip
}
