"""The figures of the design notes that Linnet is built for: the load, and what they expect it to need."""

USERS = 10_000_000
CONNECTIONS = 2_000_000_000         # 200 followees for each user
TWEETS = 10_000_000_000             # "for now": 2.7 years
FAVORITES = 20_000_000_000
REQUESTS_A_DAY = 100_000_000
TWEETS_A_DAY = 10_000_000
FAVORITES_A_DAY = 20_000_000
REQUESTS_A_SECOND = 1_150           # "around"
TWEETS_A_SECOND = 115
PEAK = 4                            # "at least a few thousand requests per second at times"
MORE_READS = 5                      # "5 times more read requests"
READ_SHARE = 0.9                    # reads "will also be the most common" requests
HOT_SHARE = 0.2                     # of what there is; it gets most of the reads

# Bytes, as the notes estimate them.
BYTES = {"tweets": 2_800_000_000_000, "connections": 16_000_000_000, "favorites": 240_000_000_000, "all": 2_700_000_000_000}
