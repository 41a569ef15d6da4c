-- Question 21 of README.md, nearby routing. What a subscription hands out is filtered; what a 2.x cache holds afterwards is a
-- raw list of one cluster, so the share of local providers is their share of all. A 1.x cache is filtered by its polls and unfiltered by
-- every push until the second poll after it. The ideal one is local, always.
-- The filter ignores health: while one local entry is listed, even an unhealthy one, a filtered list has no other, and the
-- client's own healthy-only filter leaves nothing. The ideal one falls back at once.
-- FINDING: the page has pushes overwrite a 1.x cache when something changes. They come all the time: each poll asks a server drawn
-- anew, a subscription lapses after 30 s unasked, and one that is new again causes a push, raw like all; the poll after a push only
-- refreshes. So with three servers a 1.x consumer in a quiet world is hardly more local than a 2.x one, unless UDP is blocked; and the
-- outage below is hidden from it by the same pushes.
local dual = require "dual"
local bounds = require "bounds"

return scenario {
  params   = { rtt = ms(30), each = 3 },
  topology = function(p) return dual.topology(p) end,
  must_see = { "client.updated" },
  story = function(w, p)
    local near, far = {}, {}
    for i = 1, p.each do
      near[i], far[i] = dual.client(w, "2.x", "west"), dual.client(w, "2.x", "east")
      near[i]:register { service = "shop" }
      far[i]:register { service = "shop" }
    end
    wait(s(5))
    local consumer = {}
    for _, variant in ipairs(dual.variants) do
      consumer[variant] = dual.client(w, variant, "west", { nearby = true })
      expect(consumer[variant]:subscribe "shop", "no list")
      expect(#consumer[variant]:answered "shop" == p.each, variant .. ": the first call is local")
    end
    local deaf = dual.client(w, "1.x", "west", { nearby = true })
    w:intercept { to = deaf, op = "PUSH", nth = "all", action = "drop" }
    deaf:subscribe "shop"

    local everybody = { ["2.x"] = consumer["2.x"], ["1.x"] = consumer["1.x"], ideal = consumer.ideal, ["1.x without UDP"] = deaf }

    -- What a caller may choose from, and how much of it is local.
    local function callable(k)
      local all, local_ones = 0, 0
      for _, instance in ipairs(k:sees "shop") do
        if instance.healthy and instance.enabled and instance.weight > 0 then
          all = all + 1
          if instance.metadata["nacos.cluster.name"] == "west" then local_ones = local_ones + 1 end
        end
      end
      return all, local_ones
    end
    local function locality(k)
      local all, local_ones = callable(k)
      return local_ones / all
    end

    step "the first push has come"
    wait(s(2))
    expect(locality(consumer["2.x"]) == 0.5, "a push is a raw list")
    expect(locality(consumer.ideal) == 1, "the ideal one filters what it keeps")
    step "nothing happens"
    wait(s(22))
    local sum, seconds = {}, 300
    for _ = 1, seconds do
      for name, k in pairs(everybody) do sum[name] = (sum[name] or 0) + locality(k) / seconds end
      wait(s(1))
    end
    for name in pairs(everybody) do measure("local share of what can be called, " .. name, sum[name]) end
    expect(sum["2.x"] > 0.49 and sum["2.x"] < 0.51, "nothing filters a 2.x cache")
    expect(sum["1.x without UDP"] > 0.99 and sum.ideal > 0.99, "what is filtered is local")
    expect(sum["1.x"] > 0.5 and sum["1.x"] < 0.8, "1.x is local between a poll and the next push")

    step "the local providers turn unhealthy and stay listed"
    local turned = now()
    for i = 1, p.each do near[i]:update { service = "shop", healthy = false } end
    local nothing = {}
    for name, k in pairs(everybody) do
      nothing[name] = watch(function() return callable(k) == 0 end)
    end
    wait(s(60))
    expect(not nothing["2.x"]:first() and not nothing.ideal:first(), "the 2.x and the ideal consumer always had somebody to call")
    expect(callable(deaf) == 0, "a filtered list has local entries only")
    expect(nothing["1.x without UDP"]:first() - turned < s(11), "it took more than a poll")
    expect(not nothing["1.x"]:first() or nothing["1.x"]:first() - turned >= s(8), "the push of the bad health is a raw list, until a poll filters")
    measure("1.x: spells of nobody to call, in a minute", #nothing["1.x"]:spans())

    step "they die: only then is there a way to the others"
    local died = now()
    for i = 1, p.each do near[i]:kill() end
    eventually(bounds.silent_death + s(20), function() return callable(deaf) == p.each end,
               "a filtered list falls back")
    measure("1.x without UDP: fall-back after the death", now() - died)
    wait(s(10))
    for name, k in pairs(everybody) do
      local all, local_ones = callable(k)
      expect(all == p.each and local_ones == 0, name .. ": only far ones are left")
    end
  end,
}
