#!/usr/bin/env bash
# A real Slurm of one node, this machine, to try `rarevox experiment --executor slurm` on: for a container or a virtual machine
# with Debian or Ubuntu that is nobody's cluster. Needs root, and no systemd.
#
#   scripts/slurm-single-node.sh start    install slurm-wlm and munge where they are missing, write /etc/slurm/slurm.conf, start
#                                         munged, slurmctld and slurmd where they are not running, and wait for the node
#   scripts/slurm-single-node.sh status   which of the three run, and what sinfo says
#   scripts/slurm-single-node.sh stop     end them and all jobs; the packages and the configuration stay
#
# Nothing is confined by control groups, and there is no accounting: squeue and scontrol know a job until five minutes after its end,
# sacct knows nothing. Do not use it for work that counts.
set -euo pipefail

configuration=/etc/slurm/slurm.conf
mark='# Written by slurm-single-node.sh: start writes it anew.'
state=/var/lib/slurm-single-node
logs=/var/log/slurm-single-node

fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

# The process that a daemon wrote down, where it is still alive; a failure otherwise.
pid_of() {
  local file pid
  case $1 in
    munged) file=/run/munge/munged.pid ;;
    *) file=$state/$1.pid ;;
  esac
  pid=$(cat "$file" 2> /dev/null) && [ "$(cat "/proc/$pid/comm" 2> /dev/null)" = "$1" ] && echo "$pid"
}

is_running() {
  pid_of "$1" > /dev/null
}

install_packages() {
  type slurmctld slurmd sbatch munged > /dev/null 2>&1 && return
  command -v apt-get > /dev/null || fail 'Slurm is missing, and there is no apt-get to install slurm-wlm and munge with.'
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -qq --yes --no-install-recommends slurm-wlm munge
}

write_configuration() {
  if [ -e "$configuration" ] && ! grep --quiet --fixed-strings "$mark" "$configuration"; then
    fail "$configuration belongs to another Slurm: this script leaves it alone."
  fi
  local host cpus memory
  host=$(hostname -s)
  cpus=$(nproc)
  # MB, with a tenth left to the system.
  memory=$(awk '/^MemTotal:/ { print int($2 / 1024 * 0.9) }' /proc/meminfo)
  mkdir -p "$(dirname "$configuration")" "$state/controller" "$state/node" "$logs"
  # cred_expire: a requeued job waits until the credential of its last start has expired, 120 s by default.
  cat > "$configuration" <<END
$mark
ClusterName=single-node
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
AuthInfo=cred_expire=15
StateSaveLocation=$state/controller
SlurmdSpoolDir=$state/node
SlurmctldPidFile=$state/slurmctld.pid
SlurmdPidFile=$state/slurmd.pid
SlurmctldLogFile=$logs/slurmctld.log
SlurmdLogFile=$logs/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
ReturnToService=2
SchedulerType=sched/backfill
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SlurmdParameters=config_overrides
DefMemPerCPU=$((memory / cpus))
MinJobAge=300
NodeName=$host NodeAddr=127.0.0.1 CPUs=$cpus RealMemory=$memory State=UNKNOWN
PartitionName=main Nodes=$host Default=YES MaxTime=INFINITE State=UP
END
}

start_munge() {
  if is_running munged; then return; fi
  [ -e /etc/munge/munge.key ] || (umask 077 && head -c 1024 /dev/urandom > /etc/munge/munge.key && chown munge: /etc/munge/munge.key)
  install --directory --owner=munge --group=munge /run/munge /var/lib/munge /var/log/munge
  runuser --user munge -- munged
}

node_state() {
  sinfo --noheader --format=%t 2> /dev/null
}

start() {
  [ "$(id -u)" = 0 ] || fail 'Slurm for a single node is started by root.'
  install_packages
  is_running slurmctld || is_running slurmd || write_configuration
  start_munge
  munge --no-input | unmunge > /dev/null || fail 'munged does not answer: see /var/log/munge/munged.log.'
  is_running slurmctld || slurmctld
  is_running slurmd || slurmd
  for _ in $(seq 60); do
    if node_state | grep --quiet --extended-regexp '^(idle|mix|alloc)$'; then
      sinfo
      return
    fi
    sleep 1
  done
  fail "The node is not ready after a minute: see $logs."
}

stop() {
  [ "$(id -u)" = 0 ] || fail 'Slurm for a single node is stopped by root.'
  if is_running slurmctld; then
    squeue --noheader --array --format=%i | xargs --no-run-if-empty scancel
    # Jobs that do not end at SIGTERM are killed half a minute later.
    for _ in $(seq 60); do
      [ -n "$(squeue --noheader)" ] || break
      sleep 1
    done
  fi
  local program pid
  for program in slurmctld slurmd munged; do
    pid=$(pid_of "$program") || continue
    kill "$pid"
    for _ in $(seq 30); do
      is_running "$program" || break
      sleep 1
    done
  done
}

status() {
  local program
  for program in munged slurmctld slurmd; do
    if is_running "$program"; then echo "$program runs"; else echo "$program does not run"; fi
  done
  if is_running slurmctld; then sinfo; fi
}

case ${1:-} in
  start) start ;;
  stop) stop ;;
  status) status ;;
  *) fail "Usage: $0 start|status|stop" ;;
esac
