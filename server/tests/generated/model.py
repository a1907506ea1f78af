"""What Linnet is, in a few dozen lines: users, sessions, tweets, who follows whom, favorites. Every list is newest first.

Dictionaries keep the order in which things came; what the server alone knows (ids, times) is taken from its first answer.
"""
COUNTS = ("tweets_count", "followers_count", "followees_count", "favorites_count")


class Model:
    def __init__(self):
        self.users = {}       # name -> as registered or changed, without counts
        self.tweets = {}      # id -> {id, content, created_at, author}
        self.follows = {}     # (follower, followee) -> since when
        self.favorites = {}   # (name, id of tweet) -> since when
        self.sessions = {}    # id -> {user, token, created_at of the list, expires_at}

    # What there is, as the viewer (a name, or None) sees it.

    def summary(self, name):
        return {member: self.users[name][member] for member in ("id", "username", "first_name", "last_name")}

    def user(self, name, viewer=None):
        counts = (sum(tweet["author"] == name for tweet in self.tweets.values()), sum(b == name for _, b in self.follows),
                  sum(a == name for a, _ in self.follows), sum(a == name for a, _ in self.favorites))
        return {**self.users[name], **dict(zip(COUNTS, counts)), **({} if viewer is None else {
            "viewer": {"following": (viewer, name) in self.follows, "followed_by": (name, viewer) in self.follows}})}

    def tweet(self, id, viewer=None):
        tweet = self.tweets[id]
        return {"id": id, "content": tweet["content"], "created_at": tweet["created_at"], "user": self.summary(tweet["author"]),
                "favorites_count": sum(tweeted == id for _, tweeted in self.favorites),
                **({} if viewer is None else {"viewer": {"favorited": (viewer, id) in self.favorites}})}

    def connection(self, follower, followee):
        return {"follower": self.summary(follower), "followee": self.summary(followee), "followed_at": self.follows[follower, followee]}

    def favorite(self, name, id, viewer):
        return {"user": self.summary(name), "tweet": self.tweet(id, viewer), "favorited_at": self.favorites[name, id]}

    def tweets_where(self, wanted, viewer):
        return [self.tweet(id, viewer) for id in sorted(self.tweets, key=int, reverse=True) if wanted(id, self.tweets[id]["author"])]

    def lists(self, name, viewer):
        """path below the user -> items"""
        newest_follows, newest_favorites = list(self.follows.items())[::-1], list(self.favorites.items())[::-1]
        followees = {b for a, b in self.follows if a == name}
        mine = {
            "tweets": self.tweets_where(lambda id, author: author == name, viewer),
            "tweets?favorited=true": self.tweets_where(lambda id, author: author == name and any(id == f for _, f in self.favorites), viewer),
            "followers": [{**self.user(a, viewer), "followed_at": at} for (a, b), at in newest_follows if b == name],
            "followees": [{**self.user(b, viewer), "followed_at": at} for (a, b), at in newest_follows if a == name],
            "favorites": [{**self.tweet(id, viewer), "favorited_at": at} for (a, id), at in newest_favorites if a == name],
            "activity": self.tweets_where(lambda id, author: author == name or (name, id) in self.favorites, viewer),
        }
        if viewer == name:
            mine["timeline"] = self.tweets_where(lambda id, author: author in followees, viewer)
        return mine

    def favoriting(self, id, viewer):
        return [{**self.user(a, viewer), "favorited_at": at} for (a, f), at in list(self.favorites.items())[::-1] if f == id]

    def sessions_of(self, name, token):
        return [{"id": id, "created_at": session["created_at"], "expires_at": session["expires_at"], "current": session["token"] == token}
                for id, session in list(self.sessions.items())[::-1] if session["user"] == name]

    # What changes it.

    def delete_tweet(self, id):
        del self.tweets[id]
        self.favorites = {key: at for key, at in self.favorites.items() if key[1] != id}

    def delete_user(self, name):
        for id in [id for id, tweet in self.tweets.items() if tweet["author"] == name]:
            self.delete_tweet(id)
        del self.users[name]
        self.follows = {key: at for key, at in self.follows.items() if name not in key}
        self.favorites = {key: at for key, at in self.favorites.items() if key[0] != name}
        self.end_sessions(name)

    def end_sessions(self, name, but=None):
        self.sessions = {id: session for id, session in self.sessions.items() if session["user"] != name or session["token"] == but}
