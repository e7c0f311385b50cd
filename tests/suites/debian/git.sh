# A repository's life, with fixed names and times: so are the hashes.
set -eu
export GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@example.org GIT_COMMITTER_NAME=A GIT_COMMITTER_EMAIL=a@example.org
export GIT_AUTHOR_DATE='1000000000 +0000' GIT_COMMITTER_DATE='1000000000 +0000' GIT_CONFIG_NOSYSTEM=1
git init -q -b main repo; cd repo
for i in $(seq 1 30); do seq 1 $((i * 50)) > "file$i"; done
git add .; git commit -q -m first; git rev-parse HEAD
sed -i 's/^7$/seven/' file1 file2; rm file3; git mv file4 renamed
git status --short; git commit -q -a -m second; git rev-parse HEAD
git diff --stat HEAD~1 | tail -n 3
git checkout -q -b side HEAD~1; echo more >> file10; git commit -q -a -m side
git merge -q -m merge main; git rev-parse HEAD; git log --oneline --graph | cat
git tag -a -m tagged v1; git rev-parse v1; git bundle create -q ../bundle --all
git gc -q --aggressive; git fsck --full 2>&1; git count-objects -v | grep -E '^(count|in-pack|packs)'
cd ..; git clone -q bundle -b side copy; git clone -q repo two 2>&1; git -C copy log --format=%H | sort | sha256sum
cd copy; git blame -s file1 | sed -n 7p; git archive HEAD | tar t | wc -l; git grep -c seven; git rebase -q --onto HEAD~1 HEAD 2>&1
git stash list; git cherry-pick --no-commit v1 2> /dev/null || echo nothing; git show --stat v1^2 | tail -n 1
