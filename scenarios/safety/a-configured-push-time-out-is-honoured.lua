-- Where answers take 4 s, a push time-out of 10 s lets every push be sent once; none is taken for lost and
-- repeated.
-- The default is 3 s: with it each push would be sent again 3 s after its time-out, for ever. (In Nacos
-- 2.0.3 another source of settings put the default back: issue 9379.)
local bounds = require "bounds"
local shops = require "shops"

return scenario {
  params   = { answer_takes = s(4), timeout = s(10), shops = 10 },
  topology = function(p)
    return { nodes = 3, lan = { rtt = between(us(300), ms(5)) },
             settings = { ["nacos.core.protocol.distro.data.sync.timeoutMs"] = p.timeout } }
  end,
  must_see = { "message.delayed", "sync.acked" },
  always   = { checks.no_lost_instances { grace = bounds.push() } },

  story = function(w, p)
    local a, b, c = w:nodes()
    step "answers to pushes are slow; shops open on a"
    local slow = w:intercept { op = "CHANGE", nth = "all", action = "delay_reply", by = p.answer_takes }
    local open = shops.open(w, { count = p.shops, name = "shop", service = "shop", servers = { a } })
    eventually(bounds.push(), function() return w:all_know(open) end, "all shops known everywhere")
    wait(s(30))
    expect(slow:seen() > 0, "no push was seen")
    expect(a:counters().sync_failed == 0 and a:counters().retries == 0, "a push was taken for lost")
    expect(a:state().pending == 0, "a push waits to be repeated")
  end,
}
