-- A restarted server shows a fraction of the instances for half a minute and more, with "load snapshot failed" once in
-- its log: nacos#9837, and a dozen "distro protocol is not initialized".
-- Affected: up to 2.2.0; cured in 2.2.1 (#9838). A connection to a member was made once a report had told that the member
-- takes one; the first load comes before any report, and the next load.retryDelay later.
-- Found: that is 60 s, not 30 s, up to 2.1.2, where GlobalConfig (nacos.naming.distro.loadDataRetryDelayMillis) has the
-- last word.
local incident = require "incident"
local shops = require "shops"

return scenario {
  params   = { shops = 30 },
  topology = { nodes = 3, lan = { rtt = ms(1) } },
  must_see = { "node.boot" },

  story = function(w, p)
    local a, b, c = w:nodes()
    local open = shops.open(w, { count = p.shops, name = "shop", service = "shop", servers = { b, c },
                                 kind = incident.clients() })
    incident.settled(w, open)

    step "a restarts"
    local loading = incident.longest("not initialised for", function() return not a:state().initialised end)
    local lacking = incident.longest("incomplete for", function() return not a:knows(open) end)
    w:restart(a)
    wait(s(100))
    lacking()
    expect(loading() <= s(5), "a did not load at its first attempt")
    expect(a:knows(open), "a lacks some still")
  end,
}
